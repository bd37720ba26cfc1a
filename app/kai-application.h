#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What the command line of kaipiao says; all fields may be NULL. */
typedef struct
{
  char *home, *server, *user, *key_uri, *trust_path, *pin_file;
  gboolean training, offline, version;
} KaiOptions;

/* Parses and removes the options; FALSE with @error on wrong usage. */
gboolean kai_options_parse (KaiOptions *options, int *argc, char ***argv, GError **error);
void kai_options_clear (KaiOptions *options);

#define KAI_TYPE_APPLICATION (kai_application_get_type ())
G_DECLARE_FINAL_TYPE (KaiApplication, kai_application, KAI, APPLICATION, GtkApplication)

/* Borrows @options until it ends. */
KaiApplication *kai_application_new (const KaiOptions *options);

G_END_DECLS
