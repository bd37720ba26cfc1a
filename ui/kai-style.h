#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Our style and fonts, for the default screen: once, however many windows there are. */
void kai_style_load (void);

G_END_DECLS
