/* Turns arguments into options by one table, which is also the help. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "program.h"
#include "suggest.h"
#include "utf8.h"

#define LONG_ONLY 256 /* getopt's value of flag f is LONG_ONLY + f */

struct flag_row {
    char letter;
    const char *name, *argument;
    unsigned commands;
    const char *help;
};

static const struct flag_row flags[FLAG_COUNT] = {
#define FLAG(id, letter, name, argument, commands, help) {letter, name, argument, commands, help},
#include "options.def"
#undef FLAG
};

static const struct {
    enum command command;
    const char *name, *usage, *does;
} commands[] = {
    {COMMAND_OPERATOR, "", PROGRAM " [-o NAME] [-d TYPE] [-i FILE | -I JSON]", "run one operator"},
    {COMMAND_RUN, "run", PROGRAM " run MODEL --input NAME=FILE ...", "run a model"},
    {COMMAND_INFO, "info", PROGRAM " info MODEL", "inputs, outputs, operators, parameters and memory of a model"},
    {COMMAND_OPS, "ops", PROGRAM " ops", "the operators"},
    {COMMAND_COMPILE, "compile", PROGRAM " compile MODEL -o FILE.wasm",
     "one module that holds a model, and of the engine what the model uses"},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static const char *const command_names[] = {"run", "info", "ops", "compile"};

/* Words of `text` in lines that begin at column `indent` and end before 100. */
static void print_wrapped(const char *text, int indent) {
    int column = indent;
    while (*text != '\0') {
        int length = (int)strcspn(text, " ");
        if (column > indent && column + length >= 100) {
            printf("\n%*s", indent, "");
            column = indent;
        }
        printf("%.*s ", length, text);
        column += length + 1;
        text += length + (text[length] == ' ');
    }
    putchar('\n');
}

/* Its argument may be left out, and is given as --flag=ARGUMENT. */
static bool is_optional(const struct flag_row *flag) {
    return flag->argument && flag->argument[0] == '[';
}

static void print_flags(unsigned mask, unsigned all, const char *title) {
    printf("\n%s\n", title);
    for (size_t f = 0; f < FLAG_COUNT; f++) {
        const struct flag_row *flag = &flags[f];
        if ((flag->commands == all) != (mask == all) || !(flag->commands & mask))
            continue;
        const char *argument = !flag->argument ? "" : text_of(is_optional(flag) ? "%s" : " %s", flag->argument);
        const char *left =
            text_of("  %s--%s%s", flag->letter ? text_of("-%c, ", flag->letter) : "", flag->name, argument);
        printf(strlen(left) < 32 ? "%-32s" : "%s\n                                ", left);
        print_wrapped(flag->help, 32);
    }
}

static _Noreturn void print_help(void) {
    puts("Runs MindSpore models" PROGRAM_OPERATORS " " PROGRAM_PLACE ".\n");
    unsigned all = 0;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (commands[i].command & PROGRAM_COMMANDS)
            printf("  %-56s %s\n", commands[i].usage, commands[i].does);
        all |= commands[i].command;
    }
    if (COMMAND_OPERATOR & PROGRAM_COMMANDS)
        print_flags(COMMAND_OPERATOR, all, "An operator:");
    print_flags(COMMAND_RUN, all, "run:");
    print_flags(COMMAND_INFO | COMMAND_OPS, all, "info, ops:");
    if (COMMAND_COMPILE & PROGRAM_COMMANDS)
        print_flags(COMMAND_COMPILE, all, "compile:");
    print_flags(all, all, "All:");
    puts("\nExit codes: 0 ok, 1 could not write, 2 usage, 3 bad input, 4 a limit was reached, 5 the module trapped.");
    exit(EXIT_SUCCESS);
}

static enum build build_of(const struct options *options) {
    const bool exact = option_given(options, FLAG_EXACT), relaxed = option_given(options, FLAG_RELAXED);
    if (exact && relaxed)
        fail(EXIT_USAGE, "--exact and --relaxed given, expected one of them");
    if ((exact || relaxed) && option_given(options, FLAG_CONFIG))
        fail(EXIT_USAGE, "-c gives the module, --%s chooses one of our own, expected one of them",
             exact ? "exact" : "relaxed");
    return exact ? BUILD_EXACT : relaxed ? BUILD_RELAXED : BUILD_DEFAULT;
}

static _Noreturn void print_version(const struct options *options) {
    builds_print_version(build_of(options));
    exit(EXIT_SUCCESS);
}

static void require_utf8(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (!utf8_is_valid(argv[i]))
            fail(EXIT_USAGE, "argument %d: invalid UTF-8", i);
}

static enum command find_command(const char *name) {
    for (size_t i = 1; i < COMMAND_COUNT; i++)
        if ((commands[i].command & PROGRAM_COMMANDS) && strcmp(commands[i].name, name) == 0)
            return commands[i].command;
    fail(EXIT_USAGE, "unknown command '%s'%s, expected " PROGRAM_EXPECTED " (--help)", shown(name),
         did_you_mean(name, command_names, COMMAND_COUNT - 1));
}

static _Noreturn void fail_unknown(const char *given, enum command command) {
    const char *names[FLAG_COUNT];
    size_t count = 0;
    for (size_t f = 0; f < FLAG_COUNT; f++)
        if (flags[f].commands & command)
            names[count++] = text_of("--%s", flags[f].name);
    fail(EXIT_USAGE, "unknown flag '%s'%s, expected one that --help lists", shown(given),
         did_you_mean(given, names, count));
}

static void add_value(struct option_values *given, const char *value, size_t most) {
    if (!given->values)
        given->values = need(most * sizeof *given->values);
    given->values[given->count++] = value;
}

/* getopt's tables, only with the flags that the command takes. */
static void make_tables(enum command command, char *letters, struct option *table) {
    *letters++ = ':';
    for (int f = 0; f < FLAG_COUNT; f++) {
        if (!(flags[f].commands & command))
            continue;
        *table++ = (struct option){.name = flags[f].name,
                                   .has_arg = is_optional(&flags[f]) ? optional_argument
                                              : flags[f].argument    ? required_argument
                                                                     : no_argument,
                                   .val = LONG_ONLY + f};
        if (!flags[f].letter)
            continue;
        *letters++ = flags[f].letter;
        if (flags[f].argument)
            *letters++ = ':';
    }
    *letters = '\0';
    *table = (struct option){0};
}

static int flag_of(int found, enum command command) {
    for (int f = 0; f < FLAG_COUNT; f++)
        if ((flags[f].commands & command) && (found == LONG_ONLY + f || found == flags[f].letter))
            return f;
    return FLAG_COUNT;
}

static void parse_flags(struct options *options, int argc, char **argv) {
    char letters[2 * FLAG_COUNT + 2];
    struct option table[FLAG_COUNT + 1];
    make_tables(options->command, letters, table);
    opterr = 0;
    int found;
    while ((found = getopt_long(argc, argv, letters, table, NULL)) != -1) {
        if (found == ':')
            fail(EXIT_USAGE, "flag '%s' needs a value, expected %s", shown(argv[optind - 1]),
                 flags[flag_of(optopt, options->command)].argument);
        if (found == '?')
            fail_unknown(optopt > 0 && optopt < LONG_ONLY ? text_of("-%c", optopt) : argv[optind - 1],
                         options->command);
        int f = flag_of(found, options->command);
        if (f == FLAG_HELP)
            print_help();
        if (f == FLAG_VERSION)
            print_version(options);
        add_value(&options->given[f], optarg ? optarg : "", (size_t)argc);
    }
}

static void take_model(struct options *options, int argc, char **argv) {
    const bool takes_model = options->command & (COMMAND_RUN | COMMAND_INFO | COMMAND_COMPILE);
    if (optind < argc && takes_model)
        options->model = argv[optind++];
    if (optind < argc)
        fail(EXIT_USAGE, "unexpected argument '%s', expected a flag (--help)", shown(argv[optind]));
    for (size_t i = 0; !options->model && takes_model && i < COMMAND_COUNT; i++)
        if (commands[i].command == options->command)
            fail(EXIT_USAGE, "no model given, expected %s", commands[i].usage);
}

struct options options_parse(int argc, char **argv) {
    struct options options = {.command = COMMAND_OPERATOR};
    require_utf8(argc, argv);
    if (argc > 1 && argv[1][0] != '-') {
        options.command = find_command(argv[1]);
        argc--;
        argv++;
    }
    parse_flags(&options, argc, argv);
    if (!(options.command & PROGRAM_COMMANDS))
        fail(EXIT_USAGE, "no command given, expected " PROGRAM_EXPECTED " (--help)");
    take_model(&options, argc, argv);
    options.build = build_of(&options);
    options.timeout = option_number("--timeout", option_text(&options, FLAG_TIMEOUT, "60"), 0.001, 1e6);
    options.memory_limit =
        (uint64_t)option_integer("--memory-limit", option_text(&options, FLAG_MEMORY, "2048"), 1, 4096) << 20;
    return options;
}

const char *option_text(const struct options *options, enum flag flag, const char *otherwise) {
    const struct option_values *given = &options->given[flag];
    return given->count > 0 ? given->values[given->count - 1] : otherwise;
}

bool option_given(const struct options *options, enum flag flag) {
    return options->given[flag].count > 0;
}

int64_t option_integer(const char *name, const char *text, int64_t least, int64_t most) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || value < least || value > most)
        fail(EXIT_USAGE, "%s: expected an integer from %lld to %lld, got '%s'", name, (long long)least, (long long)most,
             shown(text));
    return value;
}

double option_number(const char *name, const char *text, double least, double most) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= least && value <= most))
        fail(EXIT_USAGE, "%s: expected a number from %g to %g, got '%s'", name, least, most, shown(text));
    return value;
}
