/* Reads the table of message fields, compiled in and from a site's file, into one tree for each message. Everything that knows a field by name (encoding,
 * checking, decoding, schema) works from these trees. */
#include "messages/kai-catalogue.h"
#include "messages/kai-catalogue-private.h"
#include "messages/kai-net-error.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define COLUMNS 10
#define NEEDED_COLUMNS 8
#define MAX_SITE_FILE (4 * 1024 * 1024)
#define MAX_FIELDS 2000 /* of one message */

struct _KaiCatalogue
{
  GHashTable *messages; /* number → KaiMessageSpec */
  GHashTable *aliases;  /* number → number, both owned */
  GHashTable *wire;     /* number → the one that this site uses, both owned */
};

enum
{
  COLUMN_MESSAGE,
  COLUMN_PATH,
  COLUMN_TAG,
  COLUMN_NAME,
  COLUMN_TYPE,
  COLUMN_MIN,
  COLUMN_MAX,
  COLUMN_PRESENCE,
  COLUMN_NOTE,
  COLUMN_HOLDS,
};

static const char *const type_names[] = { "String",   "NString",     "GBString", "Currency",
                                          "Integer",  "Decimal",     "Date",     "Time",
                                          "DateTime", "UTCDateTime", "node",     NULL };
static const char *const holds_names[] = {
  "", "name", "number", "text", "document", "voucher", NULL
};

/* ---- Freeing ---- */

static void
field_free (KaiFieldSpec *field)
{
  g_free (field->path);
  g_free (field->tag);
  g_free (field->name_zh);
  g_free (field->note);
  g_free (field->condition_tag);
  g_free (field->condition_value);
  g_free (field);
}

static void
node_free (KaiSpecNode *node)
{
  g_free (node->tag);
  g_free (node->item);
  g_free (node->key);
  g_clear_pointer (&node->children, g_ptr_array_unref);
  g_clear_pointer (&node->by_tag, g_hash_table_unref);
  g_clear_pointer (&node->by_key, g_hash_table_unref);
  g_free (node);
}

static void
message_free (KaiMessageSpec *spec)
{
  g_clear_pointer (&spec->root, node_free);
  g_ptr_array_unref (spec->fields);
  g_free (spec->number);
  g_free (spec);
}

void
kai_catalogue_free (KaiCatalogue *catalogue)
{
  if (!catalogue)
    return;
  g_hash_table_unref (catalogue->messages);
  g_hash_table_unref (catalogue->aliases);
  g_hash_table_unref (catalogue->wire);
  g_free (catalogue);
}

/* ---- The tree ---- */

static KaiSpecNode *
node_new (KaiSpecKind kind, const char *tag, char *key)
{
  KaiSpecNode *node = g_new0 (KaiSpecNode, 1);

  node->kind = kind;
  node->tag = g_strdup (tag);
  node->key = key;
  if (kind != KAI_SPEC_LEAF)
    {
      node->children = g_ptr_array_new_with_free_func ((GDestroyNotify)node_free);
      node->by_tag = g_hash_table_new (g_str_hash, g_str_equal);
    }
  if (kind == KAI_SPEC_LIST)
    node->by_key = g_hash_table_new (g_str_hash, g_str_equal);
  return node;
}

static KaiSpecNode *
node_add (KaiSpecNode *parent, KaiSpecNode *record, KaiSpecNode *child)
{
  g_ptr_array_add (parent->children, child);
  g_hash_table_insert (parent->by_tag, child->tag, child);
  g_hash_table_insert (record->by_key, child->key, child);
  return child;
}

static char *
join_key (const KaiSpecNode *parent, const char *tag)
{
  return parent->kind == KAI_SPEC_LIST ? g_strdup (tag) : g_strconcat (parent->key, "/", tag, NULL);
}

/* The node that the fields of @path belong to; *record is the list whose items they are fields of. NULL when the path makes no sense. */
static KaiSpecNode *
find_parent (KaiSpecNode *root, const char *path, KaiSpecNode **record)
{
  g_auto (GStrv) segments = g_strsplit (path, "/", -1);
  KaiSpecNode *node = root;

  *record = root;
  for (int i = 0; segments[i] && *path; i++)
    {
      const char *tag = segments[i];
      gboolean list = g_str_has_suffix (tag, "List");
      KaiSpecNode *child = g_hash_table_lookup (node->by_tag, tag);

      if (!*tag || (list && (!segments[i + 1] || !*segments[i + 1])))
        return NULL;
      if (!child)
        {
          g_autofree char *key = join_key (node, tag);

          child = node_new (list ? KAI_SPEC_LIST : KAI_SPEC_GROUP, tag,
                            list ? g_strconcat (key, "/", segments[i + 1], NULL) : g_strdup (key));
          if (list)
            child->item = g_strdup (segments[i + 1]);
          node_add (node, *record, child);
        }
      if (child->kind == KAI_SPEC_LEAF || (list && strcmp (child->item, segments[i + 1]) != 0))
        return NULL;
      if (list)
        {
          *record = child;
          i++;
        }
      node = child;
    }
  return node;
}

static gboolean
build_tree (KaiMessageSpec *spec, GError **error)
{
  g_clear_pointer (&spec->root, node_free);
  spec->root = node_new (KAI_SPEC_LIST, "", g_strdup (""));
  spec->root->item = g_strdup ("Voucher");
  for (guint i = 0; i < spec->fields->len; i++)
    {
      const KaiFieldSpec *field = spec->fields->pdata[i];
      KaiSpecNode *record;
      KaiSpecNode *parent = find_parent (spec->root, field->path, &record);
      KaiSpecNode *node = parent ? g_hash_table_lookup (parent->by_tag, field->tag) : NULL;
      KaiSpecKind kind = field->type == KAI_TYPE_NODE ? KAI_SPEC_GROUP : KAI_SPEC_LEAF;

      if (!parent || (node && (node->kind != kind || node->field)))
        return kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                             _ ("The message catalogue is wrong: field %s of message %s does not "
                                "fit its path “%s”."),
                             field->tag, spec->number, field->path);
      if (!node)
        node =
            node_add (parent, record, node_new (kind, field->tag, join_key (parent, field->tag)));
      node->field = field;
    }
  return TRUE;
}

/* ---- Reading the table ---- */

static gboolean
is_name (const char *text)
{
  for (const char *p = text; *p; p++)
    if (!g_ascii_isalnum (*p) && *p != '_')
      return FALSE;
  return g_ascii_isalpha (*text);
}

static gboolean
is_number (const char *text)
{
  return strlen (text) == 4 && strspn (text, "0123456789") == 4;
}

static int
find_word (const char *const *words, const char *word)
{
  for (int i = 0; words[i]; i++)
    if (g_str_equal (words[i], word))
      return i;
  return -1;
}

/* Empty = -1, no limit. */
static gboolean
parse_length (const char *text, int *out)
{
  guint64 value;

  *out = -1;
  if (!*text)
    return TRUE;
  if (!g_ascii_string_to_unsigned (text, 10, 0, 64 * 1024 * 1024, &value, NULL))
    return FALSE;
  *out = (int)value;
  return TRUE;
}

/* A conditional field says when in its note, in one of two fixed phrases; other notes are for people, and such a field is not checked. */
static void
parse_condition (KaiFieldSpec *field)
{
  static GRegex *regex;
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree char *verb = NULL;

  if (g_once_init_enter (&regex))
    g_once_init_leave (&regex, g_regex_new ("^(required|may be empty) when (\\w+) is (\\w+)$",
                                            G_REGEX_OPTIMIZE, 0, NULL));
  if (field->presence != 'C' || !g_regex_match (regex, field->note, 0, &match))
    return;
  verb = g_match_info_fetch (match, 1);
  field->condition_tag = g_match_info_fetch (match, 2);
  field->condition_value = g_match_info_fetch (match, 3);
  if (g_str_equal (field->condition_value, "empty"))
    *field->condition_value = '\0';
  field->condition_requires = *verb == 'r';
}

static KaiFieldSpec *
parse_field (char **cells)
{
  KaiFieldSpec *field;
  gboolean has_note = cells[COLUMN_NOTE] != NULL;
  int type = find_word (type_names, cells[COLUMN_TYPE]);
  int holds = find_word (holds_names, has_note && cells[COLUMN_HOLDS] ? cells[COLUMN_HOLDS] : "");
  const char *presence = cells[COLUMN_PRESENCE];
  const char *path = cells[COLUMN_PATH];
  int min, max;

  if (type < 0 || holds < 0 || !is_name (cells[COLUMN_TAG])
      || !parse_length (cells[COLUMN_MIN], &min) || !parse_length (cells[COLUMN_MAX], &max)
      || (max >= 0 && min > max)
      || (strcmp (presence, "M") && strcmp (presence, "O") && strcmp (presence, "*M")))
    return NULL;
  if (g_str_equal (cells[COLUMN_MESSAGE], "*"))
    path = g_str_equal (path, "CFX/HEAD") ? "" : NULL;
  else if (g_str_equal (path, "Voucher") || g_str_has_prefix (path, "Voucher/"))
    path += path[strlen ("Voucher")] ? strlen ("Voucher/") : strlen ("Voucher");
  else
    path = NULL;
  if (!path)
    return NULL;
  field = g_new0 (KaiFieldSpec, 1);
  field->path = g_strdup (path);
  field->tag = g_strdup (cells[COLUMN_TAG]);
  field->name_zh = g_strdup (cells[COLUMN_NAME]);
  field->type = type;
  field->min = min;
  field->max = max;
  field->presence = *presence == '*' ? 'C' : *presence;
  field->note = g_strdup (has_note ? cells[COLUMN_NOTE] : "");
  field->holds = holds;
  parse_condition (field);
  return field;
}

static KaiMessageSpec *
get_or_add_message (KaiCatalogue *catalogue, const char *number)
{
  KaiMessageSpec *spec = g_hash_table_lookup (catalogue->messages, number);

  if (!spec)
    {
      spec = g_new0 (KaiMessageSpec, 1);
      spec->number = g_strdup (number);
      spec->fields = g_ptr_array_new_with_free_func ((GDestroyNotify)field_free);
      g_hash_table_insert (catalogue->messages, spec->number, spec);
    }
  return spec;
}

/* Replaces the field of the same place and tag, or adds @field at the end; takes it. */
static gboolean
put_field (KaiMessageSpec *spec, KaiFieldSpec *field)
{
  for (guint i = 0; i < spec->fields->len; i++)
    {
      KaiFieldSpec *old = spec->fields->pdata[i];

      if (g_str_equal (old->tag, field->tag) && g_str_equal (old->path, field->path))
        {
          /* A row that says nothing about it does not take the mask off. */
          if (field->holds == KAI_HOLDS_PLAIN)
            field->holds = old->holds;
          field_free (old);
          spec->fields->pdata[i] = field;
          return TRUE;
        }
    }
  /* The head is a fixed struct: a field that is not in it would have no place. */
  if (spec->fields->len >= MAX_FIELDS
      || (g_str_equal (spec->number, "*") && spec->fields->len >= KAI_HEAD_FIELDS))
    {
      field_free (field);
      return FALSE;
    }
  g_ptr_array_add (spec->fields, field);
  return TRUE;
}

static gboolean
put_line (KaiCatalogue *catalogue, const char *line, GHashTable *touched)
{
  g_auto (GStrv) cells = g_strsplit (line, "\t", COLUMNS);
  KaiMessageSpec *spec;
  KaiFieldSpec *field;

  if (g_strv_length (cells) < NEEDED_COLUMNS
      || (!g_str_equal (cells[COLUMN_MESSAGE], "*") && !is_number (cells[COLUMN_MESSAGE])))
    return FALSE;
  /* An older number of the same message: "2697 = 2698". */
  if (g_str_equal (cells[COLUMN_PATH], "="))
    return is_number (cells[COLUMN_TAG])
           && (g_hash_table_replace (catalogue->aliases, g_strdup (cells[COLUMN_MESSAGE]),
                                     g_strdup (cells[COLUMN_TAG])),
               TRUE);
  /* The number of this site: "8994 => 9994". It must not be that of another message. */
  if (g_str_equal (cells[COLUMN_PATH], "=>"))
    return is_number (cells[COLUMN_TAG])
           && g_hash_table_contains (catalogue->messages, cells[COLUMN_MESSAGE])
           && !g_hash_table_contains (catalogue->messages, cells[COLUMN_TAG])
           && (g_hash_table_replace (catalogue->aliases, g_strdup (cells[COLUMN_TAG]),
                                     g_strdup (cells[COLUMN_MESSAGE])),
               g_hash_table_replace (catalogue->wire, g_strdup (cells[COLUMN_MESSAGE]),
                                     g_strdup (cells[COLUMN_TAG])),
               TRUE);
  field = parse_field (cells);
  if (!field)
    return FALSE;
  spec = get_or_add_message (catalogue, cells[COLUMN_MESSAGE]);
  g_hash_table_add (touched, spec);
  return put_field (spec, field);
}

static gboolean
read_table (KaiCatalogue *catalogue, const char *text, gsize length, const char *name,
            GError **error)
{
  g_autoptr (GHashTable) touched = g_hash_table_new (NULL, NULL);
  g_auto (GStrv) lines = NULL;
  GHashTableIter iter;
  gpointer spec;

  if (!g_utf8_validate_len (text, length, NULL))
    return kai_net_fail (error, KAI_NET_ERROR_MALFORMED, _ ("The file %s is not UTF-8 text."),
                         name);
  lines = g_strsplit (text, "\n", -1);
  for (int i = 0; lines[i]; i++)
    {
      /* Not g_strchomp, which would also take empty last columns away. */
      if (g_str_has_suffix (lines[i], "\r"))
        lines[i][strlen (lines[i]) - 1] = '\0';
      if (!*lines[i] || *lines[i] == '#' || g_str_has_prefix (lines[i], "message\t"))
        continue;
      if (!put_line (catalogue, lines[i], touched))
        return kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                             _ ("Line %d of %s is not a field of a message: it needs message, "
                                "path, tag, name, type, shortest and longest length, presence."),
                             i + 1, name);
    }
  g_hash_table_iter_init (&iter, touched);
  while (g_hash_table_iter_next (&iter, &spec, NULL))
    if (!build_tree (spec, error))
      return FALSE;
  return TRUE;
}

static gboolean
read_site_file (KaiCatalogue *catalogue, const char *path, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *text = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, &local))
    {
      if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
      return kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                           _ ("The site's message catalogue cannot be read: %s"), local->message);
    }
  if (length > MAX_SITE_FILE)
    return kai_net_fail (error, KAI_NET_ERROR_MALFORMED, _ ("The file %s is too long."), path);
  return read_table (catalogue, text, length, path, error);
}

/* ---- Public functions ---- */

KaiCatalogue *
kai_catalogue_load (const char *path, GError **error)
{
  g_autoptr (KaiCatalogue) catalogue = g_new0 (KaiCatalogue, 1);
  g_autoptr (GBytes) bytes = g_resources_lookup_data ("/cn/kaipiao/Kaipiao/messages/messages.tsv",
                                                      G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  gsize length;
  const char *text;

  g_assert (bytes);
  text = g_bytes_get_data (bytes, &length);
  catalogue->messages =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)message_free);
  catalogue->aliases = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  catalogue->wire = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!read_table (catalogue, text, length, "messages.tsv", error)
      || (path && !read_site_file (catalogue, path, error)))
    return NULL;
  return g_steal_pointer (&catalogue);
}

const KaiMessageSpec *
kai_catalogue_get (const KaiCatalogue *catalogue, const char *number)
{
  const char *alias = g_hash_table_lookup (catalogue->aliases, number);

  return g_hash_table_lookup (catalogue->messages, alias ? alias : number);
}

const char *
kai_catalogue_get_wire_number (const KaiCatalogue *catalogue, const char *number)
{
  const char *wire = g_hash_table_lookup (catalogue->wire, number);

  return wire ? wire : number;
}

static int
compare_strings (const void *a, const void *b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

char **
kai_catalogue_list (const KaiCatalogue *catalogue)
{
  GPtrArray *numbers = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer number;

  g_hash_table_iter_init (&iter, catalogue->messages);
  while (g_hash_table_iter_next (&iter, &number, NULL))
    if (!g_str_equal (number, "*"))
      g_ptr_array_add (numbers, g_strdup (number));
  g_ptr_array_sort (numbers, compare_strings);
  g_ptr_array_add (numbers, NULL);
  return (char **)g_ptr_array_free (numbers, FALSE);
}
