/* metadata.h - what the server and its model say about themselves. */
#ifndef HTTP_METADATA_H
#define HTTP_METADATA_H

#include "text.h"

void metadata_server(struct text *text);
void metadata_model(struct text *text);

#endif
