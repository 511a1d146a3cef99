#include "runtime/config/limit_table.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace wn::config {
namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kGiB = 1024 * kMiB;
constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kSecond = 1000 * kMillisecond;
constexpr std::uint64_t kDay = 86'400 * kSecond;
constexpr std::uint64_t kMillion = 1'000'000;

constexpr LimitRow kRows[] = {
    {"The tree", "max_worknodes", &Limits::max_worknodes, 16, 64 * kMillion, Unit::count,
     "creating another worknode is refused: overloaded"},
    {"The tree", "max_children", &Limits::max_children, 1, 64 * kMillion, Unit::count,
     "another child under that parent is refused: overloaded; concurrent ones may meet beyond it"},
    {"The tree", "max_tree_depth", &Limits::max_tree_depth, 2, 65'536, Unit::count,
     "a move or creation that would end deeper is refused: too large; one that ends deeper by a concurrent "
     "move stays in the log without effect; must be the same on all replicas"},
    {"The tree", "tree_log_operations_max", &Limits::tree_log_operations_max, 16, 64 * kMillion, Unit::count,
     "operations that are not yet causally stable: further ones are refused until the oldest are stable: "
     "overloaded"},
    {"The tree", "tree_batch_operations_max", &Limits::tree_batch_operations_max, 1, kMillion, Unit::count,
     "a larger batch is refused whole: too large"},

    {"Properties", "max_properties", &Limits::max_properties, 1, 1024, Unit::count,
     "a schema that names more fields is refused: too large"},
    {"Properties", "max_property_bytes", &Limits::max_property_bytes, 16, 1 * kMiB, Unit::bytes,
     "writing a longer value is refused: too large"},
    {"Properties", "max_property_key_bytes", &Limits::max_property_key_bytes, 1, 255 * kKiB, Unit::bytes,
     "a longer key is refused: too large"},
    {"Properties", "max_nesting_depth", &Limits::max_nesting_depth, 1, 32, Unit::count,
     "an operation on a deeper path is refused: too large"},
    {"Properties", "set_items_max", &Limits::set_items_max, 16, 16 * kMillion, Unit::count,
     "adding another key, member or child to that worknode's values is refused: overloaded"},
    {"Properties", "text_items_max", &Limits::text_items_max, 16, 64 * kMillion, Unit::count,
     "inserting more into that text is refused: overloaded"},
    {"Properties", "text_insert_max", &Limits::text_insert_max, 1, kMillion, Unit::count,
     "a longer insertion or deletion is refused: too large; the caller splits it"},
    {"Properties", "delta_bytes_max", &Limits::delta_bytes_max, 1 * kKiB, 64 * kMiB, Unit::bytes,
     "a longer delta or state is refused before it is read: too large"},

    {"Replicas", "max_properties_per_overlap", &Limits::max_properties_per_overlap, 1, kMillion, Unit::count,
     "the sections of healing partitions are not glued when they differ in more; their updates spread all "
     "the same"},
    {"Replicas", "replicas_max", &Limits::replicas_max, 1, 65'536, Unit::count,
     "another writer is refused until one is evicted: overloaded"},
    {"Replicas", "context_ranges_max", &Limits::context_ranges_max, 16, 16 * kMillion, Unit::count,
     "a delta that leaves more gaps is refused; the sender sends what lies between: overloaded"},
    {"Replicas", "gc_eviction_after_ns", &Limits::gc_eviction_after_ns, 1 * kSecond, 365 * kDay,
     Unit::nanoseconds,
     "a replica that was silent for longer is evicted, so that garbage can be collected without it; when it "
     "returns "
     "it rebases"},
    {"Replicas", "clock_offset_max_ns", &Limits::clock_offset_max_ns, 1 * kMillisecond, 1 * kDay,
     Unit::nanoseconds, "a time further ahead of our own clock is refused and reported, never followed"},
    {"Replicas", "clock_bound_step_ns", &Limits::clock_bound_step_ns, 1 * kMillisecond, 3600 * kSecond,
     Unit::nanoseconds, "the durable bound of the clock is extended by so much with each sync"},

    {"Replicas", "updates_max", &Limits::updates_max, 16, 64 * kMillion, Unit::count,
     "updates kept because some member may lack them: further operations are refused: overloaded"},

    {"Schemas", "schema_types_max", &Limits::schema_types_max, 1, 65'536, Unit::count,
     "publishing another type is refused: overloaded; must be the same on all replicas"},
    {"Schemas", "schema_versions_max", &Limits::schema_versions_max, 3, 64, Unit::count,
     "publishing another version of that type is refused: too large"},
    {"Schemas", "lens_steps_max", &Limits::lens_steps_max, 1, 256, Unit::count,
     "a lens of more steps is refused at publication: too large"},

    {"Queries", "max_results", &Limits::max_results, 1, kMillion, Unit::count,
     "the answer ends there and carries a cursor for the rest"},
    {"Queries", "query_parents_max", &Limits::query_parents_max, 1, kMillion, Unit::count,
     "a query that names more ids is refused: too large"},
    {"Queries", "query_visits_max", &Limits::query_visits_max, 16, 64 * kMillion, Unit::count,
     "an answer that would look at more worknodes is refused: too large"},

    {"Capabilities", "max_delegation_depth", &Limits::max_delegation_depth, 1, 8, Unit::count,
     "delegating further is refused, and so is a token with a longer chain: too deep"},
    {"Capabilities", "capability_cache_entries", &Limits::capability_cache_entries, 16, 16 * kMillion,
     Unit::count,
     "the entry of its set that was used least lately makes room; it is verified anew when it comes again"},
    {"Capabilities", "capability_staleness_max_ns", &Limits::capability_staleness_max_ns, 1 * kMillisecond,
     60 * kDay, Unit::nanoseconds,
     "a node that has not heard of revocations for longer refuses everything: stale revocations"},
    {"Capabilities", "capability_revocations_max", &Limits::capability_revocations_max, 16, 16 * kMillion,
     Unit::count, "another revocation is refused: overloaded"},
    {"Capabilities", "capability_counted_links_max", &Limits::capability_counted_links_max, 1, 16 * kMillion,
     Unit::count, "a token with a use count that is not in the table yet is refused: overloaded"},
    {"Capabilities", "capability_peers_max", &Limits::capability_peers_max, 1, 65'536, Unit::count,
     "revocations of another peer are not followed: overloaded"},
    {"Capabilities", "audit_log_records", &Limits::audit_log_records, 16, 64 * kMillion, Unit::count,
     "the oldest records fall out of memory; the hash before the oldest one stays, so the chain goes on"},

    {"Actors", "actors_max", &Limits::actors_max, 1, 16 * kMillion, Unit::count,
     "spawning another is refused: overloaded"},
    {"Actors", "mailbox_messages", &Limits::mailbox_messages, 1, 65'536, Unit::count,
     "by the rule of the mailbox the message is refused (full), the oldest is shed, or the sender is parked"},
    {"Actors", "messages_max", &Limits::messages_max, 16, 64 * kMillion, Unit::count,
     "of all mailboxes together: a further send is refused: no memory"},
    {"Actors", "timers_max", &Limits::timers_max, 1, 16 * kMillion, Unit::count,
     "another timer or waiting call is refused: overloaded"},
    {"Actors", "parked_senders_max", &Limits::parked_senders_max, 0, kMillion, Unit::count,
     "a sender that would be parked is refused instead: no memory"},
    {"Actors", "handler_calls_max", &Limits::handler_calls_max, 1, kMillion, Unit::count,
     "the call budget of one activation: a further send is over budget, a further call or query is refused: "
     "too large or overloaded"},
    {"Actors", "handler_stall_ns", &Limits::handler_stall_ns, 10'000, 60 * kSecond, Unit::nanoseconds,
     "a handler that ran longer is reported by name; it is not stopped"},
    {"Actors", "fiber_stacks", &Limits::fiber_stacks, 0, 1 << 20, Unit::count,
     "a handler that needs a stack waits for one, in the order of arrival"},
    {"Actors", "fiber_stack_bytes", &Limits::fiber_stack_bytes, 16 * kKiB, 8 * kMiB, Unit::bytes,
     "the guard page behind the stack stops the process; the measured high-water mark says how near it came"},

    {"Memory", "memory_bytes", &Limits::memory_bytes, 256 * kKiB, 64 * kGiB, Unit::bytes,
     "all memory of the runtime's cores, taken at the start; when it is used up, what needs more is refused "
     "before it "
     "has any effect: overloaded"},
    {"Memory", "memory_blocks", &Limits::memory_blocks, 0, kMillion, Unit::count,
     "blocks of 64 KiB of the fixed pool, out of memory_bytes: taking another is refused: overloaded"},
    {"Memory", "memory_regions_max", &Limits::memory_regions_max, 0, 1 << 20, Unit::count,
     "opening another region is refused: overloaded"},
};

struct Suffix {
  std::string_view word;
  std::uint64_t size;
};
constexpr Suffix kByteSuffixes[] = {{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
constexpr Suffix kTimeSuffixes[] = {{"ns", 1},
                                    {"us", 1'000},
                                    {"ms", 1'000'000},
                                    {"s", 1'000'000'000},
                                    {"min", 60'000'000'000},
                                    {"h", 3'600'000'000'000},
                                    {"d", 86'400'000'000'000}};

struct Scale {
  std::uint64_t size;
  const char* word;
};

std::string scaled(std::uint64_t value, std::span<const Scale> scales) {
  for (const Scale& scale : scales) {
    if (value != 0 && value % scale.size == 0) return std::to_string(value / scale.size) + scale.word;
  }
  return std::to_string(value);
}

}  // namespace

std::span<const LimitRow> limit_table() { return kRows; }

std::string amount_text(std::uint64_t value, Unit unit) {
  static constexpr Scale kBytes[] = {{kGiB, " GiB"}, {kMiB, " MiB"}, {kKiB, " KiB"}, {1, " B"}};
  static constexpr Scale kTimes[] = {{kDay, "d"},    {3600 * kSecond, "h"}, {60 * kSecond, "min"},
                                     {kSecond, "s"}, {kMillisecond, "ms"},  {1000, "us"},
                                     {1, "ns"}};
  switch (unit) {
    case Unit::count:
      return std::to_string(value);
    case Unit::bytes:
      return scaled(value, kBytes);
    case Unit::nanoseconds:
      return scaled(value, kTimes);
  }
  return {};
}

std::optional<std::uint64_t> amount_in(std::string_view text, Unit unit) {
  if (unit == Unit::count) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  std::string_view word = text.substr(static_cast<std::size_t>(end - text.data()));
  while (word.starts_with(' ')) word.remove_prefix(1);
  const std::span<const Suffix> suffixes =
      unit == Unit::bytes ? std::span<const Suffix>(kByteSuffixes) : std::span<const Suffix>(kTimeSuffixes);
  for (const Suffix& suffix : suffixes) {
    if (word != suffix.word) continue;
    if (number > std::numeric_limits<std::uint64_t>::max() / suffix.size) return std::nullopt;
    return number * suffix.size;
  }
  return std::nullopt;
}

std::string range_text(const LimitRow& row) {
  static constexpr std::string_view kWords[] = {
      "a whole number", "a size (a whole number of bytes, or text such as \"64 MiB\")",
      "a time (a whole number of nanoseconds, or text such as \"25ms\")"};
  return std::string(kWords[static_cast<std::size_t>(row.unit)]) + " from " +
         amount_text(row.least, row.unit) + " to " + amount_text(row.most, row.unit);
}

const LimitRow* find_limit(std::string_view name) {
  const auto at = std::ranges::find(kRows, name, &LimitRow::name);
  return at == std::end(kRows) ? nullptr : at;
}

std::string limits_page() {
  std::string out =
      "# Limits\n\n"
      "Every bound that an operator can set, in the table `[limits]` of a node's configuration (TOML). Bytes "
      "and times\n"
      "may be whole numbers (of bytes, of nanoseconds) or text with a unit: `\"64 MiB\"`, `\"25ms\"`. What "
      "is left out\n"
      "has its default. A file that is wrong is refused whole, with line and column. Size classes of memory "
      "can be\n"
      "given shares of their own:\n\n"
      "```toml\n"
      "[limits]\n"
      "max_results = 5000\n"
      "memory_bytes = \"256 MiB\"\n"
      "\n"
      "[[memory_share]]           # of the items of one size class\n"
      "item_bytes = 64\n"
      "kept_bytes = \"1 MiB\"       # set aside at the start\n"
      "max_bytes = \"64 MiB\"       # and never more than this; 0: no limit of its own\n"
      "```\n\n"
      "A replica of a realm (`runtime/host`) runs under them, and scenarios set them by the same names. It "
      "does not take these:\n"
      "`query_parents_max` (no request names "
      "several parents),\n"
      "`tree_batch_operations_max` (each operation is a batch of one), `replicas_max` and "
      "`context_ranges_max` "
      "(its members are\n"
      "at most 64, and updates are applied without gaps), `clock_bound_step_ns` (its journal is the "
      "bound),\n"
      "`capability_peers_max` (it follows a majority as one peer), `memory_blocks` and "
      "`memory_regions_max` (it opens no region).\n"
      "Out of `memory_bytes` come the requests of its clients; its tree and its properties are bounded by "
      "their "
      "own limits, on the\n"
      "heap.\n"
      "A daemon that reads this file at its start is not built yet.\n"
      "This page is made from `runtime/config/limit_table.cpp` (`WN_REWRITE=1 config_test` writes it).\n";
  std::string_view section;
  const Limits defaults;
  for (const LimitRow& row : kRows) {
    if (row.section != section) {
      section = row.section;
      out += "\n## " + std::string(section) +
             "\n\n| limit | default | from | to | at the limit |\n|---|---|---|---|---|\n";
    }
    out += "| `" + std::string(row.name) + "` | " + amount_text(defaults.*row.field, row.unit) + " | " +
           amount_text(row.least, row.unit) + " | " + amount_text(row.most, row.unit) + " | " +
           std::string(row.at_the_limit) + " |\n";
  }
  return out;
}

}  // namespace wn::config
