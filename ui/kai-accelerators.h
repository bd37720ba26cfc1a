#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Every key of the program, in one table; the shortcuts window shows the same (a test compares). */
typedef struct
{
  const char *action;  /* detailed name */
  const char *keys[3]; /* NULL-terminated */
} KaiAccelerator;

const KaiAccelerator *kai_accelerators_get (guint *n);
void kai_accelerators_install (GtkApplication *app);

G_END_DECLS
