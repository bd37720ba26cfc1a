#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a message is for, in the user's language: "Issue payment notices". NULL for a number that is not known; borrowed. */
const char *kai_message_name (const char *number);

G_END_DECLS
