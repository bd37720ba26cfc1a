/* Style and fonts of the whole program. */
#include "kai-style.h"

#include <string.h>

static void
add_provider (GtkCssProvider *provider)
{
  gtk_style_context_add_provider_for_screen (gdk_screen_get_default (),
                                             GTK_STYLE_PROVIDER (provider),
                                             GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

/* What the font of the desktop really is: "Sans" may stand for any. Caller frees; NULL when there is none. */
static char *
dup_family (const char *font_name)
{
  PangoContext *context = gdk_pango_context_get ();
  PangoFontDescription *wanted = pango_font_description_from_string (font_name);
  PangoFont *font = pango_context_load_font (context, wanted);
  PangoFontDescription *found = font ? pango_font_describe (font) : NULL;
  char *family = found ? g_strdup (pango_font_description_get_family (found)) : NULL;

  g_clear_pointer (&found, pango_font_description_free);
  pango_font_description_free (wanted);
  g_clear_object (&font);
  g_object_unref (context);
  return family;
}

/* Outside a Chinese locale the system gives Chinese characters their Japanese forms: Chinese fonts are named behind the desktop's. */
static void
name_chinese_fonts (GtkSettings *settings, GParamSpec *pspec, GtkCssProvider *provider)
{
  g_autofree char *name = NULL, *family = NULL, *css = NULL;

  g_object_get (settings, "gtk-font-name", &name, NULL);
  family = dup_family (name ? name : "Sans 10");
  if (!family || strpbrk (family, "\"\\\n"))
    return;
  css = g_strdup_printf ("window { font-family: \"%s\", \"Noto Sans CJK SC\", "
                         "\"Source Han Sans SC\", \"WenQuanYi Micro Hei\"; }",
                         family);
  gtk_css_provider_load_from_data (provider, css, -1, NULL);
}

static void
load_fonts (void)
{
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();
  GtkSettings *settings = gtk_settings_get_default ();

  if (pango_language_matches (pango_language_get_default (), "zh"))
    return;
  name_chinese_fonts (settings, NULL, provider);
  g_signal_connect_object (settings, "notify::gtk-font-name", G_CALLBACK (name_chinese_fonts),
                           provider, 0);
  add_provider (provider);
}

void
kai_style_load (void)
{
  static gsize loaded;
  g_autoptr (GtkCssProvider) provider = NULL;

  if (!g_once_init_enter (&loaded))
    return;
  provider = gtk_css_provider_new ();
  gtk_css_provider_load_from_resource (provider, "/cn/kaipiao/Kaipiao/ui/kai-style.css");
  add_provider (provider);
  load_fonts ();
  g_once_init_leave (&loaded, 1);
}
