/* operator.h - the command of 2020: one operator on JSON inputs. */
#ifndef OPERATOR_H
#define OPERATOR_H

#include "guest.h"
#include "options.h"

void operator_command(struct guest *guest, const struct options *options);

#endif
