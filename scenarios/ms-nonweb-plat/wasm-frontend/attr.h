/* attr.h - attributes of an operator: from --attr to the structs that a module reads. */
#ifndef ATTR_H
#define ATTR_H

#include "contract.h"
#include "options.h"

/* The attributes given, checked against the operator's row and copied into the module. Sets *count; returns their address there. */
uint32_t attr_put(struct guest *guest, const struct options *options, const struct operator_row *row, uint32_t *count);

#endif
