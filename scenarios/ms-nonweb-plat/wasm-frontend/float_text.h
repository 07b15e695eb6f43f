/* float_text.h - floats as the shortest text that reads back to the same number. */
#ifndef FLOAT_TEXT_H
#define FLOAT_TEXT_H

#define FLOAT_TEXT_BYTES 40

/* Write a finite float32 as JSON, always with a point or an exponent: 4.0, 0.3, 1e20, 1.5e-7. No other text with as few digits
 * reads back to the same float32. An exponent is used from 1e13 on and below 1e-5, as the 2020 command line did. */
void float_text(float value, char text[FLOAT_TEXT_BYTES]);

/* The same for a float64, with the exponents that printf gives. */
void double_text(double value, char text[FLOAT_TEXT_BYTES]);

#endif
