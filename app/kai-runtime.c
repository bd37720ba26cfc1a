/* Where the programs find their translations, installed or in the build tree. No GTK here. */
#include "kai-runtime.h"

#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <libintl.h>
#include <signal.h>
#include <unistd.h>

char *
kai_runtime_dup_program_dir (void)
{
  g_autofree char *path = g_file_read_link ("/proc/self/exe", NULL);

  return path ? g_path_get_dirname (path) : g_strdup (".");
}

/* build/app/kaipiao or build/app/ctl/kaipiaoctl: the build tree's po/ lies one or two directories up. */
static char *
find_build_locale_dir (void)
{
  g_autofree char *dir = kai_runtime_dup_program_dir ();
  const char *ups[] = { "..", "../.." };

  for (guint i = 0; i < G_N_ELEMENTS (ups); i++)
    {
      g_autofree char *po = g_build_filename (dir, ups[i], "po", NULL);
      g_autofree char *mo =
          g_build_filename (po, "zh_CN", "LC_MESSAGES", GETTEXT_PACKAGE ".mo", NULL);

      if (g_file_test (mo, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&po);
    }
  return NULL;
}

void
kai_runtime_init (void)
{
  g_autofree char *build_dir = find_build_locale_dir ();

  kai_text_init_locale ();
  /* A limit on the size of files is a failed write like a full disk, not the end. */
  signal (SIGXFSZ, SIG_IGN);
  /* The settings service complains loudly about a home that cannot be written (a service user's). */
  if (g_access (g_get_home_dir (), W_OK) != 0)
    g_setenv ("GSETTINGS_BACKEND", "memory", FALSE);
  bindtextdomain (GETTEXT_PACKAGE, build_dir ? build_dir : KAI_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}
