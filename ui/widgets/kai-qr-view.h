#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Shows a text as a QR code, black on white in every theme (phones need it). */
#define KAI_TYPE_QR_VIEW (kai_qr_view_get_type ())
G_DECLARE_FINAL_TYPE (KaiQrView, kai_qr_view, KAI, QR_VIEW, GtkDrawingArea)

/* NULL or "" shows nothing. */
void kai_qr_view_set_text (KaiQrView *self, const char *text);
const char *kai_qr_view_get_text (KaiQrView *self); /* "" when empty; borrowed */

G_END_DECLS
