/* options.h - the command line as it was given, checked for form. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "builds.h"

enum command {
    COMMAND_OPERATOR = 1,
    COMMAND_RUN = 2,
    COMMAND_INFO = 4,
    COMMAND_OPS = 8,
    COMMAND_COMPILE = 16,
};

enum flag {
#define FLAG(id, letter, name, argument, commands, help) FLAG_##id,
#include "options.def"
#undef FLAG
    FLAG_COUNT
};

struct option_values {
    size_t count;
    const char **values;
};

struct options {
    enum command command;
    const char *model; /* the argument of run, info and compile, or NULL */
    struct option_values given[FLAG_COUNT];
    double timeout;
    uint64_t memory_limit; /* bytes */
    enum build build;
};

/* Parse the arguments. --help and --version print and end the program with exit 0, what is wrong ends it with exit 2. */
struct options options_parse(int argc, char **argv);

/* The value given last, or `otherwise`. */
const char *option_text(const struct options *options, enum flag flag, const char *otherwise);
bool option_given(const struct options *options, enum flag flag);

/* A number of an option's text within a range, or the end of the program; `name` is for the message. */
int64_t option_integer(const char *name, const char *text, int64_t least, int64_t most);
double option_number(const char *name, const char *text, double least, double most);

#endif
