#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where the desk's data lies and how it reaches the finance server. All text non-NULL. */
typedef struct
{
  char *home;       /* data directory */
  char *server;     /* https://…, or "" */
  char *user;       /* user code, "" = the one in the certificate */
  char *key_uri;    /* "" when none */
  char *trust_path; /* PEM with the roots for TLS and signatures, or "" */
  char *trace_dir;  /* "" = no trace; not remembered */
  gboolean offline; /* not remembered */
} KaiConnection;

KaiConnection *kai_connection_new (const char *home);
/* What was used last in this home (connection.ini; never a secret). A missing file gives empty fields. */
KaiConnection *kai_connection_load (const char *home, GError **error);
/* Makes the home when it is missing. */
gboolean kai_connection_save (const KaiConnection *connection, GError **error);
KaiConnection *kai_connection_copy (const KaiConnection *connection);
void kai_connection_free (KaiConnection *connection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiConnection, kai_connection_free)
/* $XDG_DATA_HOME/kaipiao; caller frees. */
char *kai_connection_default_home (void);

G_END_DECLS
