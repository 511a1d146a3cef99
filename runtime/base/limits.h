#pragma once
// Limits: what an operator bounds, as plain numbers, so that cores can take them without knowing of files.
// runtime/config reads them from TOML and has the table of ranges, units and what happens at each limit,
// which docs/limits.md prints. A limit is a number of things, bytes (…_bytes) or nanoseconds (…_ns). Defaults
// are those of a node. Thread rule: a value.
#include <cstdint>

namespace wn {

struct Limits {
  // The tree.
  std::uint64_t max_worknodes = 1U << 20;
  std::uint64_t max_children = 1U << 20;
  std::uint64_t max_tree_depth = 4096;
  std::uint64_t tree_log_operations_max = 1U << 16;
  std::uint64_t tree_batch_operations_max = 1U << 14;

  // Properties and replicated values.
  std::uint64_t max_properties = 256;
  std::uint64_t max_property_bytes = 4096;
  std::uint64_t max_property_key_bytes = 256;
  std::uint64_t max_nesting_depth = 8;
  std::uint64_t set_items_max = 65'536;
  std::uint64_t text_items_max = 1U << 20;
  std::uint64_t text_insert_max = 4096;
  std::uint64_t delta_bytes_max = 1U << 20;

  // Replicas and healing.
  std::uint64_t max_properties_per_overlap = 2048;
  std::uint64_t replicas_max = 1024;
  std::uint64_t context_ranges_max = 65'536;
  std::uint64_t gc_eviction_after_ns = 3'600'000'000'000;
  std::uint64_t clock_offset_max_ns = 2'000'000'000;
  std::uint64_t clock_bound_step_ns = 4'000'000'000;
  std::uint64_t updates_max = 200'000;

  // Schemas.
  std::uint64_t schema_types_max = 256;
  std::uint64_t schema_versions_max = 16;
  std::uint64_t lens_steps_max = 64;

  // Queries.
  std::uint64_t max_results = 10'000;
  std::uint64_t query_parents_max = 10'000;
  std::uint64_t query_visits_max = 1U << 20;

  // Capabilities.
  std::uint64_t max_delegation_depth = 8;
  std::uint64_t capability_cache_entries = 4096;
  std::uint64_t capability_staleness_max_ns = 30'000'000'000;
  std::uint64_t capability_revocations_max = 65'536;
  std::uint64_t capability_counted_links_max = 4096;
  std::uint64_t capability_peers_max = 64;
  std::uint64_t audit_log_records = 65'536;

  // Actors.
  std::uint64_t actors_max = 1024;
  std::uint64_t mailbox_messages = 64;
  std::uint64_t messages_max = 8192;
  std::uint64_t timers_max = 1024;
  std::uint64_t parked_senders_max = 256;
  std::uint64_t handler_calls_max = 1024;
  std::uint64_t handler_stall_ns = 25'000'000;
  std::uint64_t fiber_stacks = 64;
  std::uint64_t fiber_stack_bytes = 64 * 1024;

  // Memory.
  std::uint64_t memory_bytes = 64 * 1024 * 1024;
  std::uint64_t memory_blocks = 0;
  std::uint64_t memory_regions_max = 1024;

  friend bool operator==(const Limits&, const Limits&) = default;
};

}  // namespace wn
