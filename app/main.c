/* The window's program. */
#include "kai-application.h"
#include "kai-runtime.h"
#include <glib/gi18n-lib.h>
#include <stdlib.h>

/* From its build tree the program finds its settings schema beside it. Must happen before GIO first looks for schemas. */
static void
find_schemas (void)
{
  g_autofree char *dir = kai_runtime_dup_program_dir ();
  g_autofree char *data = g_build_filename (dir, "data", NULL);
  g_autofree char *compiled = g_build_filename (data, "gschemas.compiled", NULL);

  if (g_file_test (compiled, G_FILE_TEST_EXISTS))
    g_setenv ("GSETTINGS_SCHEMA_DIR", data, FALSE);
}

int
main (int argc, char **argv)
{
  g_autoptr (KaiApplication) app = NULL;
  g_autoptr (GError) error = NULL;
  KaiOptions options = { 0 };
  int status;

  find_schemas ();
  /* kai_runtime_init has set the locale, and GTK would set it again, numbers included. */
  gtk_disable_setlocale ();
  kai_runtime_init ();
  if (!kai_options_parse (&options, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      kai_options_clear (&options);
      return 2;
    }
  if (options.version)
    {
      g_print ("kaipiao %s\n", KAI_VERSION);
      kai_options_clear (&options);
      return EXIT_SUCCESS;
    }
  app = kai_application_new (&options);
  status = g_application_run (G_APPLICATION (app), argc, argv);
  g_clear_object (&app);
  kai_options_clear (&options);
  return status;
}
