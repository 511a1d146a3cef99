#pragma once
// Inspection: what somebody told an Inspector, kept as a tree that can be printed, searched and sent. Told:
// one named value, or a group or list of them. Thread rule: a value.
#include <string>
#include <vector>

#include "runtime/base/inspector.h"

namespace wn::travel {

struct Told {
  enum class Kind : std::uint8_t {
    group,
    list,
    number,
    integer,
    flag,
    text,
    bytes,
    duration,
    instant,
    wall_time,
    moment
  };
  Kind kind = Kind::group;
  std::string name;  // empty in a list
  std::uint64_t number = 0;
  std::int64_t integer = 0;    // nanoseconds, of times
  std::string text;            // bytes: as hexadecimal digits
  std::vector<Told> inside;    // group, list
  std::uint64_t left_out = 0;  // of a list, before or behind those inside
};

class Inspection final : public Inspector {
 public:
  Inspection() = default;
  const Told& root() const { return root_; }

  void begin_group(std::string_view name) override { begin(name, Told::Kind::group); }
  void begin_list(std::string_view name) override { begin(name, Told::Kind::list); }
  void end() override;
  void number(std::string_view name, std::uint64_t value) override;
  void integer(std::string_view name, std::int64_t value) override;
  void flag(std::string_view name, bool value) override;
  void text(std::string_view name, std::string_view value) override;
  void bytes(std::string_view name, ByteView value) override;
  void duration(std::string_view name, Duration value) override {
    time(name, Told::Kind::duration, value.ns);
  }
  void instant(std::string_view name, Instant value) override { time(name, Told::Kind::instant, value.ns); }
  void wall_time(std::string_view name, WallTime value) override {
    time(name, Told::Kind::wall_time, value.ns);
  }
  void moment(std::string_view name, SimTime value) override { time(name, Told::Kind::moment, value.ns); }
  void left_out(std::uint64_t elements) override { top().left_out += elements; }

 private:
  Told& top();
  Told& add(std::string_view name, Told::Kind kind);
  void begin(std::string_view name, Told::Kind kind);
  void time(std::string_view name, Told::Kind kind, std::int64_t ns) { add(name, kind).integer = ns; }

  Told root_;
  std::vector<std::size_t> open_;  // places of the groups begun, from the root down
};

// "raft.peers.n3.match"; elements of lists by number. nullptr: nothing of that name.
const Told* find(const Told& from, std::string_view path);
// As a person reads it: a line for each value, groups indented; small groups and lists on one line.
std::string to_text(const Told& told);
// JSON: times are nanoseconds, bytes hexadecimal text; a list that was cut ends with {"left_out": n}.
std::string to_json(const Told& told);

}  // namespace wn::travel
