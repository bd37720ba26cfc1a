#pragma once

#include "sync/kai-desk.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Who works here and with which key. Opens nothing itself. Signals: "sign-in" (read the fields by the functions below),
 * "training". */
#define KAI_TYPE_SIGN_IN_PAGE (kai_sign_in_page_get_type ())
G_DECLARE_FINAL_TYPE (KaiSignInPage, kai_sign_in_page, KAI, SIGN_IN_PAGE, GtkBox)

/* Fills in what was used last; the focus goes to the first field that is empty. */
void kai_sign_in_page_set_connection (KaiSignInPage *self, const KaiConnection *connection);
/* What is typed, in the home of the connection that was set; caller frees. */
KaiConnection *kai_sign_in_page_dup_connection (KaiSignInPage *self);
const char *kai_sign_in_page_get_pin (KaiSignInPage *self); /* borrowed until the next change */
void kai_sign_in_page_set_pin (KaiSignInPage *self, const char *pin);
gboolean kai_sign_in_page_get_remember (KaiSignInPage *self);
/* While something is being opened the fields rest; @sentence says what is going on, NULL ends it. */
void kai_sign_in_page_set_busy (KaiSignInPage *self, const char *sentence);
/* The PIN was right: wrong tries are forgotten. */
void kai_sign_in_page_accept_pin (KaiSignInPage *self);
/* Shows @error beside the field that it is about and puts the focus there; the PIN is emptied when it was wrong. */
void kai_sign_in_page_show_error (KaiSignInPage *self, const GError *error);

G_END_DECLS
