/* The memory of a list that was read: texts, each once, in blocks that never move; and which rows stand under one key. */
#include "import/kai-import-pool.h"

#include <string.h>

#define BLOCK_BITS 20
#define BLOCK_SIZE (1u << BLOCK_BITS)
#define BLOCK_MASK (BLOCK_SIZE - 1)
#define MAX_BLOCKS (1u << (32 - BLOCK_BITS))

/* A hash that a file cannot steer: keyed anew in each process. */
static guint64
mix (guint64 a, guint64 b)
{
  static gsize once = 0;
  static guint64 seed;

  if (g_once_init_enter (&once))
    {
      seed = (guint64)g_random_int () << 32 | g_random_int ();
      g_once_init_leave (&once, 1);
    }
  a ^= seed;
  b ^= G_GUINT64_CONSTANT (0x9E3779B97F4A7C15);
#ifdef __SIZEOF_INT128__
  __extension__ unsigned __int128 product = (unsigned __int128)(a | 1) * (b | 1);

  return (guint64)product ^ (guint64)(product >> 64) ^ a;
#else
  a *= G_GUINT64_CONSTANT (0xFF51AFD7ED558CCD) ^ b;
  return a ^ (a >> 29) ^ (b << 7);
#endif
}

static guint64
hash_text (const char *text, gsize length, guint64 hash)
{
  guint64 word;

  for (; length >= 8; text += 8, length -= 8)
    {
      memcpy (&word, text, 8);
      hash = mix (hash ^ word, length);
    }
  word = 0;
  memcpy (&word, text, length);
  return mix (hash ^ word, length + 8);
}

struct _KaiImportPool
{
  char *blocks[MAX_BLOCKS];
  guint32 n_blocks;
  guint32 used; /* of the last block */
  guint32 *slots;
  guint32 n_slots, n_texts; /* slots: a power of two */
};

KaiImportPool *
kai_import_pool_new (void)
{
  KaiImportPool *pool = g_new0 (KaiImportPool, 1);

  pool->n_slots = 1024;
  pool->slots = g_new0 (guint32, pool->n_slots);
  return pool;
}

void
kai_import_pool_free (KaiImportPool *pool)
{
  if (!pool)
    return;
  for (guint32 i = 0; i < pool->n_blocks; i++)
    g_free (pool->blocks[i]);
  g_free (pool->slots);
  g_free (pool);
}

static inline const char *
at (KaiImportPool *pool, KaiTextId id)
{
  return pool->blocks[id >> BLOCK_BITS] + (id & BLOCK_MASK);
}

/* Before each text stands its kind. */
static KaiTextId
append (KaiImportPool *pool, KaiCellKind kind, const char *text, gsize length)
{
  char *place;

  if (pool->n_blocks == 0 || pool->used + length + 2 > BLOCK_SIZE)
    {
      if (pool->n_blocks == MAX_BLOCKS || length + 3 > BLOCK_SIZE)
        return 0;
      pool->blocks[pool->n_blocks++] = g_malloc (BLOCK_SIZE);
      pool->used = 0;
    }
  place = pool->blocks[pool->n_blocks - 1] + pool->used;
  place[0] = (char)kind;
  memcpy (place + 1, text, length + 1);
  pool->used += length + 2;
  return ((pool->n_blocks - 1) << BLOCK_BITS) + (pool->used - (guint32)length - 1);
}

static void
grow (KaiImportPool *pool)
{
  guint32 n = pool->n_slots * 2;
  guint32 *slots = g_new0 (guint32, n);

  for (guint32 i = 0; i < pool->n_slots; i++)
    if (pool->slots[i])
      {
        const char *text = at (pool, pool->slots[i]);
        guint32 place = (guint32)hash_text (text, strlen (text), (guint64)text[-1]) & (n - 1);

        while (slots[place])
          place = (place + 1) & (n - 1);
        slots[place] = pool->slots[i];
      }
  g_free (pool->slots);
  pool->slots = slots;
  pool->n_slots = n;
}

KaiTextId
kai_import_pool_add (KaiImportPool *pool, KaiCellKind kind, const char *text)
{
  gsize length = strlen (text);
  guint32 place;

  if (kind == KAI_CELL_EMPTY || (length == 0 && kind == KAI_CELL_TEXT))
    return 0;
  place = (guint32)hash_text (text, length, (guint64)kind) & (pool->n_slots - 1);
  for (; pool->slots[place]; place = (place + 1) & (pool->n_slots - 1))
    {
      const char *known = at (pool, pool->slots[place]);

      if (known[-1] == (char)kind && strcmp (known, text) == 0)
        return pool->slots[place];
    }
  pool->slots[place] = append (pool, kind, text, length);
  if (!pool->slots[place])
    return 0;
  place = pool->slots[place];
  if (++pool->n_texts * 3 > pool->n_slots * 2)
    grow (pool);
  return place;
}

KaiCell
kai_import_pool_get (KaiImportPool *pool, KaiTextId id)
{
  const char *text = id ? at (pool, id) : "";

  return (KaiCell){ id ? (KaiCellKind)text[-1] : KAI_CELL_EMPTY, text };
}

const char *
kai_import_pool_get_text (KaiImportPool *pool, KaiTextId id)
{
  return id ? at (pool, id) : "";
}

/* ---- Rows under a key ---- */

/* Of each key the lowest row is at hand: a list in which all rows are alike must not take the square of its length. */
typedef struct
{
  KaiRowKey key;
  int first, n;
  guint32 rows; /* link + 1 */
  guint32 next; /* node + 1: of the bucket */
} Node;

typedef struct
{
  int row;
  guint32 next; /* link + 1: of the node, or of the free ones */
} Link;

struct _KaiRowIndex
{
  GArray *nodes, *links; /* a node stays when its last row goes */
  guint32 *buckets;
  guint32 n_buckets, free_link;
};

KaiRowIndex *
kai_row_index_new (void)
{
  KaiRowIndex *index = g_new0 (KaiRowIndex, 1);

  index->nodes = g_array_new (FALSE, FALSE, sizeof (Node));
  index->links = g_array_new (FALSE, FALSE, sizeof (Link));
  index->n_buckets = 256;
  index->buckets = g_new0 (guint32, index->n_buckets);
  return index;
}

void
kai_row_index_free (KaiRowIndex *index)
{
  if (!index)
    return;
  g_array_unref (index->nodes);
  g_array_unref (index->links);
  g_free (index->buckets);
  g_free (index);
}

void
kai_row_index_clear (KaiRowIndex *index)
{
  g_array_set_size (index->nodes, 0);
  g_array_set_size (index->links, 0);
  memset (index->buckets, 0, index->n_buckets * sizeof (guint32));
  index->free_link = 0;
}

static guint32 *
bucket_of (KaiRowIndex *index, const KaiRowKey *key)
{
  guint64 hash =
      mix ((guint64)key->part[0] << 32 | key->part[1], (guint64)key->part[2] << 32 | key->part[3]);

  return index->buckets + ((hash ^ hash >> 32) & (index->n_buckets - 1));
}

static Node *
find_node (KaiRowIndex *index, const KaiRowKey *key)
{
  for (guint32 place = *bucket_of (index, key); place;)
    {
      Node *node = &g_array_index (index->nodes, Node, place - 1);

      if (memcmp (&node->key, key, sizeof *key) == 0)
        return node;
      place = node->next;
    }
  return NULL;
}

static void
grow_index (KaiRowIndex *index)
{
  g_free (index->buckets);
  index->n_buckets *= 2;
  index->buckets = g_new0 (guint32, index->n_buckets);
  for (guint i = 0; i < index->nodes->len; i++)
    {
      Node *node = &g_array_index (index->nodes, Node, i);
      guint32 *bucket = bucket_of (index, &node->key);

      node->next = *bucket;
      *bucket = i + 1;
    }
}

static Node *
add_node (KaiRowIndex *index, const KaiRowKey *key)
{
  Node node = { .key = *key };
  guint32 *bucket;

  if (index->nodes->len >= index->n_buckets)
    grow_index (index);
  bucket = bucket_of (index, key);
  node.next = *bucket;
  g_array_append_val (index->nodes, node);
  *bucket = index->nodes->len;
  return &g_array_index (index->nodes, Node, index->nodes->len - 1);
}

void
kai_row_index_add (KaiRowIndex *index, const KaiRowKey *key, int row)
{
  Node *node = find_node (index, key);
  guint32 place = index->free_link;
  Link link = { row, 0 };

  if (!node)
    node = add_node (index, key);
  link.next = node->rows;
  if (place)
    {
      index->free_link = g_array_index (index->links, Link, place - 1).next;
      g_array_index (index->links, Link, place - 1) = link;
    }
  else
    {
      g_array_append_val (index->links, link);
      place = index->links->len;
    }
  node->rows = place;
  if (node->n++ == 0 || row < node->first)
    node->first = row;
}

static void
find_first (KaiRowIndex *index, Node *node)
{
  node->first = G_MAXINT;
  for (guint32 place = node->rows; place;
       place = g_array_index (index->links, Link, place - 1).next)
    node->first = MIN (node->first, g_array_index (index->links, Link, place - 1).row);
}

void
kai_row_index_remove (KaiRowIndex *index, const KaiRowKey *key, int row)
{
  Node *node = find_node (index, key);
  guint32 *from = node ? &node->rows : NULL;

  while (from && *from)
    {
      Link *link = &g_array_index (index->links, Link, *from - 1);
      guint32 place = *from;

      if (link->row == row)
        {
          *from = link->next;
          link->next = index->free_link;
          index->free_link = place;
          node->n--;
          if (row == node->first)
            find_first (index, node);
          return;
        }
      from = &link->next;
    }
}

void
kai_row_index_visit (KaiRowIndex *index, const KaiRowKey *key, KaiRowIndexFunc func, gpointer data)
{
  const Node *node = find_node (index, key);

  for (guint32 place = node ? node->rows : 0; place;)
    {
      const Link *link = &g_array_index (index->links, Link, place - 1);

      place = link->next;
      if (!func (link->row, data))
        return;
    }
}

int
kai_row_index_first (KaiRowIndex *index, const KaiRowKey *key, int *n)
{
  const Node *node = find_node (index, key);

  if (n)
    *n = node ? node->n : 0;
  return node && node->n > 0 ? node->first : -1;
}
