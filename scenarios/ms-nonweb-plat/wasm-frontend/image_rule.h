/* image_rule.h - what the two readers of the rule from picture to tensor share. */
#ifndef IMAGE_RULE_H
#define IMAGE_RULE_H

#include "fail.h"
#include "image.h"

/* Where the texts come from, and so which exit code a wrong one has. */
struct image_rule_source {
    const char *place;
    enum exit_code code;
};

/* "rule, crop, size, ...": what a rule may say. */
const char *image_rule_keys(void);

/* A rule by its name is the ground on which the other keys stand, wherever it is written: they are set in two rounds. */
bool image_rule_in_turn(const char *key, bool named);

/* Set one key; ends the program where it is unknown, or the value no good. */
void image_rule_set(struct image_rule *rule, const struct image_rule_source *from, const char *key, const char *value);

/* The rule, if it is good as a whole; else the program ends. */
struct image_rule image_rule_checked(const struct image_rule *rule, const struct image_rule_source *from);

#endif
