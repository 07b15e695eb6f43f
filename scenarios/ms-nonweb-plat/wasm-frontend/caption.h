/* caption.h - what a classifier says of a picture, in the words of the program of 2020. */
#ifndef CAPTION_H
#define CAPTION_H

#include "json_out.h"
#include "results.h"

/* Print the sizes of each picture, before and after it was made to fit, and the class of the first output's largest value; --each: of each sample. */
void caption_print(const struct results *results, const struct top *top);

/* "images": [{"input", "original": [width, height], "resized": [width, height]}]; nothing where no input is a picture. */
void caption_json(struct json_out *out, const struct results *results);

#endif
