/* exif.h - the one thing of EXIF that changes pixels: how the camera was held. */
#ifndef EXIF_H
#define EXIF_H

#include <stddef.h>
#include <stdint.h>

/* The orientation 1 to 8 of a JPEG file; 1 (upright) where it says nothing or nonsense. */
int exif_orientation(const uint8_t *jpeg, size_t size);

#endif
