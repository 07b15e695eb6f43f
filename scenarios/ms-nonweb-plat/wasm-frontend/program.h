/* program.h - what differs between the two programs made of these files: wasm-frontend, which runs a module in its sandbox, and the WASI program
 * (bindings/component/command), which is one with its module (MSW_LINKED) and leaves sandbox, limits and threads to the runtime that runs it. */
#ifndef PROGRAM_H
#define PROGRAM_H

#ifdef MSW_LINKED
#define PROGRAM "ms_backend.wasi-command"
#define PROGRAM_PLACE "in a WASI runtime"
#define PROGRAM_OPERATORS ""
#define PROGRAM_EXPECTED "run, info or ops"
#define PROGRAM_COMMANDS (COMMAND_RUN | COMMAND_INFO | COMMAND_OPS)
#define PROGRAM_INPUT "NAME=FILE"
#define PROGRAM_INPUT_HELP "an input and its .npy"
#define SANDBOX(commands) 0
#else
#define PROGRAM "wasm-frontend"
#define PROGRAM_PLACE "inside a WebAssembly sandbox"
#define PROGRAM_OPERATORS " and single operators"
#define PROGRAM_EXPECTED "run, info, ops, compile, or flags for an operator"
#define PROGRAM_COMMANDS (COMMAND_OPERATOR | COMMAND_RUN | COMMAND_INFO | COMMAND_OPS | COMMAND_COMPILE)
#define PROGRAM_INPUT "JSON|NAME=FILE"
#define PROGRAM_INPUT_HELP "operator: the inputs themselves, as JSON; run: an input and its .npy .npz .json .png .jpg"
#define SANDBOX(commands) (commands) /* of a flag that only this one has */
#endif

#endif
