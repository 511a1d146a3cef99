// What the realm pays at every write (validate), and what a delta pays on its way from another version.
#include <benchmark/benchmark.h>

#include "runtime/schema/test_support.h"
#include "runtime/schema/translator.h"

namespace wn::schema {
namespace {

Schema wide(std::uint32_t fields) {
  Schema schema = test::schema_of(1, {});
  for (std::uint32_t n = 1; n <= fields; ++n) {
    schema.fields.push_back(test::register_of(n * 7, "f" + std::to_string(n), ScalarKind::integer));
  }
  return schema;
}

// Numbers in an order that the branch predictor cannot learn.
void validate(benchmark::State& state) {
  const auto fields = static_cast<std::uint32_t>(state.range(0));
  const Schema schema = wide(fields);
  const Table table(schema, digest_of(schema), Limits{}, std::pmr::new_delete_resource());
  std::uint32_t at = 1;
  for (auto step : state) {
    at = at * 1'664'525U + 1'013'904'223U;
    const FieldNumber number{((at >> 8) % fields + 1) * 7};
    const bool good = table.validate(number, Kind::last_writer, ValueView::of(std::int64_t{5})).has_value();
    benchmark::DoNotOptimize(good);
  }
}
BENCHMARK(validate)->Arg(8)->Arg(64)->Arg(256);

void validate_refused(benchmark::State& state) {
  const Schema schema = wide(64);
  const Table table(schema, digest_of(schema), Limits{}, std::pmr::new_delete_resource());
  for (auto step : state) {
    const auto fault = table.judge(FieldNumber{8}, Kind::last_writer, ValueView::of(std::int64_t{5}));
    benchmark::DoNotOptimize(fault);
  }
}
BENCHMARK(validate_refused);

// The delta of one register write of version 1, at a replica of version `target`.
void translate_delta(benchmark::State& state) {
  const auto chain = test::three_versions();
  const Translator to(chain, Version{static_cast<std::uint32_t>(state.range(0))},
                      std::pmr::new_delete_resource());
  crdt::Options options;
  crdt::Document document(options, std::pmr::new_delete_resource());
  crdt::CausalContext seen(std::pmr::new_delete_resource());
  std::vector<std::uint8_t> delta;
  const FieldKey key = key_of(FieldNumber{2});
  const crdt::Step path[] = {{crdt::Type::lww, key.view()}};
  const auto done = document.set(path, crdt::Value::of(std::int64_t{2}),
                                 {seen.next(ReplicaId{1}), test::stamp(1), &seen, &delta});
  if (done != Errc::ok) state.SkipWithError("the write was refused");
  std::vector<std::uint8_t> out;
  for (auto step : state) {
    out.clear();
    const bool moved = to.translate(delta, out).value_or(false);
    benchmark::DoNotOptimize(moved);
  }
  state.counters["bytes"] = static_cast<double>(delta.size());
}
BENCHMARK(translate_delta)->Arg(1)->Arg(2)->Arg(3);

void route_element(benchmark::State& state) {
  const auto chain = test::three_versions();
  const Router to(chain, Version{3}, std::pmr::new_delete_resource());
  std::string element;
  for (auto step : state) {
    element = "l:red";
    const Route route = to.route_element({FieldNumber{3}, Kind::set, false, {}}, element);
    benchmark::DoNotOptimize(route.place.number);
  }
}
BENCHMARK(route_element);

}  // namespace
}  // namespace wn::schema
