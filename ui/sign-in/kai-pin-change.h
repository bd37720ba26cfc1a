#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A new PIN for a key file, twice. Hidden until it is started. Signals: "changed" (const char *new_pin): the file has it now; "failed" (GError*, as
 * gpointer): the old one was wrong, or the file cannot be written; "cancelled". */
#define KAI_TYPE_PIN_CHANGE (kai_pin_change_get_type ())
G_DECLARE_FINAL_TYPE (KaiPinChange, kai_pin_change, KAI, PIN_CHANGE, GtkBox)

/* @reason: why it has to be, or what will happen. */
void kai_pin_change_start (KaiPinChange *self, const char *uri, const char *old, const char *user,
                           const char *reason);

G_END_DECLS
