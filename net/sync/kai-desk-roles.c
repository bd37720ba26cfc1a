/* Roles: a table of what each may do. */
#include "sync/kai-desk-roles.h"

#include "sync/kai-desk-private.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* The words of the base data. */
static const struct
{
  const char *word, *name;
} roles[] = {
  { "clerk", N_ ("clerk") },
  { "reviewer", N_ ("reviewer") },
  { "administrator", N_ ("unit administrator") },
  { "bureau", N_ ("finance bureau") },
};

/* In the order of KaiDeskTask. */
static const struct
{
  const char *allowed[4];
  const char *refusal;
} tasks[] = {
  { { "clerk" },
    N_ ("Only a clerk may write notices. You are signed in as %s (%s): sign in with a clerk's "
        "key.") },
  { { "clerk" },
    N_ ("Only a clerk may void notices. You are signed in as %s (%s): sign in with a clerk's "
        "key.") },
  { { "clerk" },
    N_ ("Only a clerk may swap notices for e-bills. You are signed in as %s (%s): sign in with a "
        "clerk's key.") },
  { { "reviewer" },
    N_ ("Only a reviewer may approve notices or send them back. You are signed in as %s (%s): sign "
        "in with a reviewer's key.") },
  { { "clerk", "administrator", "bureau" },
    N_ ("Only a clerk, the unit administrator or the finance bureau may move bills. You are signed "
        "in as %s (%s).") },
};

static gboolean
has_role (const KaiUser *user, const char *role)
{
  g_auto (GStrv) words = g_strsplit (user->roles, " ", -1);

  return g_strv_contains ((const char *const *)words, role);
}

char *
kai_desk_dup_role_names (KaiDesk *desk)
{
  const KaiUser *user = kai_desk_get_user (desk);
  GString *names = g_string_new (NULL);

  for (guint i = 0; user && i < G_N_ELEMENTS (roles); i++)
    if (has_role (user, roles[i].word))
      g_string_append_printf (names, "%s%s", names->len > 0 ? _ (", ") : "", _ (roles[i].name));
  return g_string_free (names, FALSE);
}

gboolean
kai_desk_may (KaiDesk *desk, KaiDeskTask task, GError **error)
{
  const KaiUser *user = kai_desk_get_user (desk);
  g_autofree char *names = NULL;

  if (desk->base->users->len == 0)
    return TRUE;
  if (!user)
    return kai_data_fail (error, KAI_DATA_ERROR_NOT_ALLOWED,
                          _ ("User %s is not among the users of the unit. Ask the unit "
                             "administrator, then refresh the base data."),
                          desk->user_code);
  for (guint i = 0; i < G_N_ELEMENTS (tasks[task].allowed) && tasks[task].allowed[i]; i++)
    if (has_role (user, tasks[task].allowed[i]))
      return TRUE;
  names = kai_desk_dup_role_names (desk);
  return kai_data_fail (error, KAI_DATA_ERROR_NOT_ALLOWED, _ (tasks[task].refusal), user->name,
                        *names ? names : _ ("no role"));
}
