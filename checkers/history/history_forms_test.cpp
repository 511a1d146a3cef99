// The forms that a history may come in, and that each of them is refused in one line when it is damaged.
#include <zlib.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "checkers/history/duplicate_writes.h"
#include "checkers/history/history_io.h"
#include "checkers/history/history_stream.h"
#include "runtime/base/random.h"

namespace wn::checkers {
namespace {

std::string refusal(std::string_view text) {
  const auto history = read_history_text(text, "h");
  if (history) return "accepted";
  return std::to_string(history.error().at.line) + ":" + std::to_string(history.error().at.column) + ": " +
         history.error().message;
}

History read(std::string_view text) {
  auto history = read_history_text(text, "h");
  if (!history) FAIL(history.error().to_string());
  return std::move(*history);
}

std::string gzip(std::string_view text) {
  z_stream stream = {};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, 0);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

constexpr std::string_view kLines =
    R"({"index":0,"type":"invoke","process":0,"f":"txn","value":[["append",1,7],["r",2,null]]})"
    "\n"
    R"({"index":1,"type":"invoke","process":1,"f":"txn","value":[["w","x",-3],["r","x",null]]})"
    "\n"
    R"({"index":2,"type":"ok","process":0,"f":"txn","value":[["append",1,7],["r",2,[4,5]]]})"
    "\n"
    R"({"index":3,"type":"info","process":1,"f":"txn","value":[["w","x",-3],["r","x",null]],"error":["a",1]})"
    "\n"
    R"({"type":"invoke","process":5,"f":"cas","key":9,"value":[1,2],"time":17})"
    "\n"
    R"({"type":"fail","process":5,"f":"cas","key":9,"value":[1,2],"time":18})"
    "\n";
constexpr std::string_view kEdnLines =
    "{:index 0, :type :invoke, :process 0, :f :txn, :value [[:append 1 7] [:r 2 nil]]}\n"
    "{:index 1, :type :invoke, :process 1, :f :txn, :value [[:w \"x\" -3] [:r \"x\" nil]]}\n"
    "{:index 2, :type :ok, :process 0, :f :txn, :value [[:append 1 7] [:r 2 [4 5]]]}\n"
    "{:type :info, :process :nemesis, :f :kill, :value [\"n1\" :random]}\n"
    "{:index 3, :type :info, :process 1, :f :txn, :value [[:w \"x\" -3] [:r \"x\" nil]], :error [:a 1]}\n"
    "{:type :invoke, :process 5, :f :cas, :key 9, :value [1 2], :time 17}\n"
    "{:type :fail, :process 5, :f :cas, :key 9, :value [1 2], :time 18}\n";
constexpr std::string_view kLog =
    "INFO  jepsen.core - Running test\n"
    "INFO  jepsen.util - 0\t:invoke\t:read\tnil\n"
    "INFO  jepsen.util - 2\t:invoke\t:cas\t[1 0]\n"
    "INFO  jepsen.util - 2\t:fail\t:cas\t[1 0]\n"
    "INFO  jepsen.util - :nemesis\t:info\t:start\tnil\n"
    "INFO  jepsen.util - 0\t:ok\t:read\t4\n"
    "INFO  jepsen.util - 3\t:invoke\t:write\t3\n"
    "INFO  jepsen.util - 3\t:info\t:write\t:timed-out\n"
    "INFO  jepsen.util - 0\t:invoke\t:read\tnil\n"
    "INFO  jepsen.util - 0\t:fail\t:read\t:timed-out\n"
    "INFO  jepsen.core - Analyzing\n";
constexpr std::string_view kIntervals = "# queue\nenq 1 0 4\n0 deq 1 6 9\nenqueue 2 3 5\n";

std::string array_of(std::string_view lines) {
  std::string out = "[";
  for (const char c : lines.substr(0, lines.size() - 1)) {
    out += c;
    if (c == '\n') out.insert(out.size() - 1, ",");
  }
  return out + "]\n";
}

// Each bracket and comma in a line of its own.
std::string pretty(std::string_view text) {
  std::string out;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    out += c;
    if (!quoted && (c == '{' || c == ',' || c == '[')) out += "\n  ";
  }
  return out;
}

}  // namespace

TEST_CASE("history: lines, arrays, vectors and their pretty prints say the same") {
  const std::string lines = write_jsonl(read(kLines));
  CHECK(lines.find(R"(["w","x",-3])") != std::string::npos);
  CHECK(write_jsonl(read(kEdnLines)) == lines);
  CHECK(write_jsonl(read(array_of(kLines))) == lines);
  CHECK(write_jsonl(read(pretty(array_of(kLines)))) == lines);
  CHECK(write_jsonl(read("[\n" + std::string(kEdnLines) + "]\n")) == lines);
  CHECK(write_jsonl(read(pretty("[" + std::string(kEdnLines) + "]"))) == lines);
  CHECK(write_jsonl(read("(" + std::string(kEdnLines) + ")")) == lines);
  std::string one(array_of(kLines));
  std::erase(one, '\n');
  CHECK(write_jsonl(read(one)) == lines);
}

TEST_CASE("history: gzip is found by its magic number, in members; damaged data is refused") {
  const std::string packed = gzip(kLines);
  CHECK(write_jsonl(read(packed)) == write_jsonl(read(kLines)));
  const std::string other = R"({"process":77,"type":"invoke","f":"get","key":1})"
                            "\n";
  CHECK(read(packed + gzip(other)).operations.size() == read(kLines).operations.size() + 1);
  CHECK(refusal(packed.substr(0, packed.size() / 2)).find("the gzip data ends in the middle") !=
        std::string::npos);
  std::string damaged = packed;
  damaged[packed.size() / 2] = static_cast<char>(damaged[packed.size() / 2] ^ 0x55);
  CHECK(refusal(damaged) != "accepted");
}

TEST_CASE("history: Jepsen's log, with what else stands in it") {
  const History h = read(kLog);
  REQUIRE(h.operations.size() == 4);
  CHECK(describe(h, 0) == "process 0: read => ok 4 [events 0..3]");
  CHECK(describe(h, 1) == "process 2: cas 1 -> 0 => fail [events 1..2]");
  CHECK(describe(h, 2) == "process 3: write 3 => info [events 4..5]");
  CHECK(h.operations[3].outcome == Outcome::fail);
  CHECK(h.places.line_of(h.operations[2].invoked) == 7);
  CHECK(refusal("INFO  jepsen.util - 0\t:ok\t:read\t4\n") ==
        "1:21: process 0 completes what it never invoked");
  CHECK(refusal("INFO  jepsen.util - 0\t:invoke\n") == "1:21: this operation has no \"f\"");
}

TEST_CASE("history: intervals become events in order of time") {
  const History h = read(kIntervals);
  REQUIRE(h.operations.size() == 3);
  CHECK(h.operations[1].function == Function::enqueue);
  CHECK(h.operations[0].completed == 2);
  CHECK(h.operations[2].function == Function::dequeue);
  CHECK(h.atoms.to_json(h.operations[2].result) == "1");
  CHECK(h.places.line_of(h.operations[2].invoked) == 3);
  CHECK(refusal("# queue\nenq 1 5 4\n") == "2:9: this operation ends before it starts");
  CHECK(refusal("# queue\nenq 1 5\n") == "2:1: expected \"[process] function value start end\"");
  CHECK(refusal("enq 1 1 5\nenq 1 5 x\n") == "2:9: expected a time, a whole number from 0");
}

TEST_CASE("history: a transaction needs no function's name") {
  const History h = read(
      "{:process 1, :type :invoke, :value [[:r 1 nil]]}\n{:process 1, :type :ok, :value [[:r 1 [2]]]}\n");
  CHECK(describe(h, 0) == "process 1: txn r(1 [2]) => ok [events 0..1]");
  CHECK(refusal("{:process 1, :type :invoke, :value [1 2]}\n") == "1:1: this operation has no \"f\"");
}

TEST_CASE("history: a fault inside an operation of several lines has its own line and column") {
  CHECK(refusal("[\n  {\n    \"process\": 1,\n    \"type\": \"done\",\n    \"f\": \"get\"\n  }\n]\n") ==
        "4:13: expected \"type\" to be invoke, ok, fail or info");
  CHECK(refusal("[\n  {\n    \"process\": 1,\n") == "2:3: this operation never ends");
}

TEST_CASE("history: values that are written twice are found with both lines") {
  const History h = read(R"({"process":1,"type":"invoke","f":"put","key":1,"value":5})"
                         "\n"
                         R"({"process":":nemesis","type":"info","f":"kill"})"
                         "\n"
                         R"({"process":2,"type":"invoke","f":"put","key":2,"value":5})"
                         "\n"
                         R"({"process":3,"type":"invoke","f":"cas","key":1,"value":[0,5]})"
                         "\n");
  const auto found = find_duplicate_writes(h);
  REQUIRE(found);
  CHECK(found->first == 0);
  CHECK(found->second == 2);
  CHECK(describe(h, *found) ==
        "the value 5 is written to key 1 twice, in lines 1 and 4; this check needs unique values");
  CHECK_FALSE(find_duplicate_writes(read(kLines)));
}

TEST_CASE("history: the fast reader and the slow one say the same of any text") {
  const std::vector<std::string> texts = {std::string(kLines), std::string(kEdnLines),
                                          std::string(kLog),   std::string(kIntervals),
                                          array_of(kLines),    pretty(array_of(kLines))};
  const Random random(11);
  int refused = 0;
  for (std::uint32_t round = 0; round < 30'000; ++round) {
    std::string text = texts[round % texts.size()];
    Draw draw = random.at("test.damage", round);
    for (std::uint64_t edits = 1 + draw.below(3); edits > 0; --edits) {
      const std::size_t at = draw.below(text.size());
      const std::uint64_t how = draw.below(4);
      if (how == 0) text[at] = static_cast<char>(draw.below(256));
      if (how == 1) text.erase(at, 1);
      if (how == 2) text.insert(at, 1, "{}[]\",:#\\;( -01n\t\n"[draw.below(18)]);
      if (how == 3 && draw.below(4) == 0) text.resize(at + 1);
    }
    const auto fast = read_history_text(text, "h");
    const auto slow = read_history_text(text, "h", {.fast = false});
    REQUIRE(fast.has_value() == slow.has_value());
    if (!fast) {
      ++refused;
      REQUIRE(fast.error().to_string() == slow.error().to_string());
      REQUIRE(fast.error().at.line > 0);
      continue;
    }
    REQUIRE(fast->atoms.size() == slow->atoms.size());
    REQUIRE(write_jsonl(*fast) == write_jsonl(*slow));
  }
  CHECK(refused > 10'000);
}

TEST_CASE("stream: a history as events, also when it grows byte by byte, is what reading it gives") {
  class Drip final : public ByteSource {
   public:
    explicit Drip(std::string_view text) : text_(text) {}
    Result<std::size_t> read(std::span<char> into) override {
      if (text_.empty() || (++calls_ % 2) == 0) return std::size_t{0};
      into[0] = text_.front();
      text_.remove_prefix(1);
      return std::size_t{1};
    }
    bool drained() const { return text_.empty(); }

   private:
    std::string_view text_;
    int calls_ = 0;
  };
  for (const std::string& text :
       {std::string(kLines), std::string(kEdnLines), pretty(array_of(kLines)), gzip(kLines)}) {
    const History whole = read(text);
    auto drip = std::make_unique<Drip>(text);
    const Drip& source = *drip;
    HistoryStream stream(std::move(drip), "h", {}, true);
    History again;
    std::uint64_t invocations = 0, completions = 0;
    bool closed = false;
    while (true) {
      StreamEvent event;
      const auto more = stream.next(event);
      if (!more) FAIL(more.error().to_string());
      if (*more) {
        ++(event.kind == StreamEvent::Kind::invoke ? invocations : completions);
        if (event.kind == StreamEvent::Kind::complete) {
          const std::uint64_t position = event.operation->invoked;
          const auto same = std::ranges::find(whole.operations, position, &Operation::invoked);
          REQUIRE(same != whole.operations.end());
          CHECK(same->completed == event.operation->completed);
          CHECK(same->key.id == event.operation->key.id);
          CHECK(same->txn.size() == event.operation->txn.size());
        }
      } else if (closed) {
        break;
      } else if (source.drained()) {
        stream.close();
        closed = true;
      }
    }
    CHECK(invocations == whole.operations.size());
    CHECK(invocations + completions == whole.positions);
  }
}

TEST_CASE("stream: forgotten values are gone, their numbers serve new ones, those marked stay") {
  Interner atoms;
  const Atom one = atoms.number(1), text = atoms.text("kept"), inner = atoms.text("inner");
  const Atom pair[] = {one, inner};
  const Atom list = atoms.list(pair);
  for (int i = 100; i < 1'100; ++i) atoms.number(i);
  const std::size_t size = atoms.size();
  AtomMarks marks(atoms.size());
  marks.mark(text);
  marks.mark(list);
  atoms.sweep(marks);
  CHECK(atoms.live() == 5);
  CHECK(atoms.to_json(list) == "[1,\"inner\"]");
  CHECK(atoms.text("kept") == text);
  CHECK(atoms.number(1) == one);
  CHECK(atoms.list(pair) == list);
  for (int i = 5'000; i < 6'000; ++i) CHECK(atoms.number_of(atoms.number(i)) == i);
  CHECK(atoms.size() == size);
  CHECK(atoms.number(5'500) == atoms.number(5'500));
}

}  // namespace wn::checkers
