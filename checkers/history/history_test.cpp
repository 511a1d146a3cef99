#include <zstd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>

#include "checkers/history/history_io.h"
#include "checkers/history/recorder.h"
#include "runtime/base/random.h"

namespace wn::checkers {
namespace {

// "line:column: message" of the refusal, or "accepted".
std::string refusal(std::string_view text, const ReadLimits& limits = {}) {
  const auto history = read_history_text(text, "h", limits);
  if (history) return "accepted";
  const Error& e = history.error();
  CHECK(e.message.find('\n') == std::string::npos);
  CHECK(e.at.file == "h");
  return std::to_string(e.at.line) + ":" + std::to_string(e.at.column) + ": " + e.message;
}

History read(std::string_view text) {
  auto history = read_history_text(text, "h");
  if (!history) FAIL(history.error().to_string());
  return std::move(*history);
}

constexpr std::string_view kInvoke = R"({"process":1,"type":"invoke","f":"put","key":7,"value":"a"})"
                                     "\n";

std::string compress(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), 0);
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

}  // namespace

TEST_CASE("history: equal values are equal atoms, kinds never mix, ids count in order of appearance") {
  Interner atoms;
  CHECK(atoms.number(5).id == 1);
  CHECK(atoms.text("5").id == 2);
  CHECK(atoms.number(5).id == 1);
  const Atom pair[] = {Atom{1}, Atom{2}};
  const Atom list = atoms.list(pair);
  CHECK(list.id == 3);
  CHECK(atoms.list(pair) == list);
  CHECK(atoms.list({}) != kNil);
  CHECK(atoms.to_json(list) == "[5,\"5\"]");
  for (std::int64_t i = 0; i < 10'000; ++i) atoms.number(i * 7919);
  for (std::int64_t i = 1; i < 10'000; ++i) CHECK(atoms.number_of(atoms.number(i * 7919)) == i * 7919);
  CHECK(atoms.text("5").id == 2);
}

TEST_CASE("history: JSON Lines become operations in order of invocation") {
  const History h =
      read(R"({"index":0,"time":12,"process":4,"type":"invoke","f":"cas","key":"k","value":[2,4]})"
           "\n\n"
           R"({"process":2,"type":"invoke","f":"read","key":"k","value":null})"
           "\r\n"
           R"({"process":4,"type":"fail","f":"cas","key":"k","value":[2,4],"error":{"why":[1,2]}})"
           "\n"
           R"({"process":"nemesis","type":"info","f":"kill","value":null})"
           "\n"
           R"({"process":2,"type":"ok","f":"read","key":"k","value":3})");
  REQUIRE(h.operations.size() == 2);
  const Operation& cas = h.operations[0];
  CHECK(cas.function == Function::cas);
  CHECK(cas.outcome == Outcome::fail);
  CHECK(h.atoms.to_json(cas.expected) == "2");
  CHECK(h.atoms.to_json(cas.value) == "4");
  CHECK(cas.invoked == 0);
  CHECK(cas.completed == 2);
  CHECK(cas.invoked_ns == 12);
  CHECK(h.operations[1].result == h.operations[1].result);
  CHECK(h.atoms.to_json(h.operations[1].result) == "3");
  CHECK(h.operations[1].completed == 3);
  CHECK(describe(h, 1) == "process 2: read key \"k\" => ok 3 [events 1..3]");
}

TEST_CASE("history: an operation without completion is info for ever") {
  const History h = read(kInvoke);
  CHECK(h.operations[0].outcome == Outcome::info);
  CHECK(h.operations[0].completed == kNever);
}

TEST_CASE("history: Jepsen's EDN and JSON Lines say the same") {
  const std::string_view edn =
      "; a comment\n"
      "[{:index 0, :time 5, :type :invoke, :process 1, :f :txn, :value [[:append 8 1] [:r \"x\" nil]]}\n"
      "{:type :info, :process :nemesis, :f :start, :value nil}\n"
      "#jepsen.history.Op{:index 1, :type :ok, :process 1, :f :txn, :value [[:append 8 1] [:r \"x\" [1 "
      "2N]]]} "
      "{:type :invoke, :process 2, :f :write, :value :k}]\n";
  const History a = read(edn);
  REQUIRE(a.operations.size() == 2);
  REQUIRE(a.operations[0].txn.size() == 2);
  CHECK(a.operations[0].txn[1].list->size() == 2);
  const std::string json = write_jsonl(a);
  CHECK(
      json ==
      R"({"index":0,"time":5,"process":1,"type":"invoke","f":"txn","key":null,"value":[["append",8,1],["r","x",null]]})"
      "\n"
      R"({"index":1,"process":1,"type":"ok","f":"txn","key":null,"value":[["append",8,1],["r","x",[1,2]]]})"
      "\n"
      R"({"index":2,"process":2,"type":"invoke","f":"write","key":null,"value":":k"})"
      "\n");
  CHECK(write_jsonl(read(json)) == json);
  CHECK(write_jsonl(read(write_edn(a))) == json);
}

TEST_CASE("history: texts with escapes survive the way out and back") {
  const History h =
      read(R"({"process":1,"type":"invoke","f":"put","key":"\u00e9\ud83d\ude00","value":"a\"\\\n\u0000b"})");
  CHECK(h.atoms.text_of(h.operations[0].key) == "\xC3\xA9\xF0\x9F\x98\x80");
  CHECK(h.atoms.text_of(h.operations[0].value) == std::string_view("a\"\\\n\0b", 6));
  const std::string once = write_jsonl(h);
  CHECK(write_jsonl(read(once)) == once);
}

TEST_CASE("history: each kind of bad file is refused in one line with its place") {
  const std::string invoke(kInvoke);
  CHECK(refusal("") == "1:1: the file is empty; expected one operation a line, as JSON or EDN");
  CHECK(refusal("\n \n") == "1:1: the file is empty; expected one operation a line, as JSON or EDN");
  CHECK(refusal(std::string_view("\0\0\0\0", 4)) ==
        "1:1: expected '{' (an operation, as JSON or EDN), found byte 0x00");
  CHECK(refusal("\x7F"
                "ELF\x02") == "1:1: expected '{' (an operation, as JSON or EDN), found byte 0x7f");
  CHECK(refusal("process,type\n") == "1:1: expected '{' (an operation, as JSON or EDN), found 'p'");
  CHECK(refusal(invoke + R"({"process":1,"type":"ok","f":"pu)") == "2:30: this text never ends");
  CHECK(refusal(invoke + R"({"process":1,"type":"ok",)") ==
        "2:26: expected '\"' (a key), found the end of the line");
  CHECK(refusal(invoke + "null") == "2:1: expected an operation (a map)");
  CHECK(refusal(invoke + "{} x") == "2:1: this operation has no \"process\"");
  CHECK(refusal(R"({"process":-1,"type":"ok","f":"get"})") ==
        "1:12: expected \"process\" to be a number from 0 to 4294967294, or a name");
  CHECK(refusal(R"({"process":1,"type":"done","f":"get"})") ==
        "1:21: expected \"type\" to be invoke, ok, fail or info");
  CHECK(refusal(R"({"process":1,"type":"invoke","f":7})") ==
        "1:34: expected \"f\" to be the name of a function");
  CHECK(refusal(R"({"process":1,"type":"invoke","f":"get","time":-5})") ==
        "1:47: expected \"time\" to be no less than 0");
  CHECK(refusal(R"({"process":1,"type":"invoke","f":"get","time":"x"})") ==
        "1:47: expected \"time\" to be a whole number of nanoseconds");
  CHECK(refusal(R"({"process":1,"type":"invoke","f":"cas","value":3})") ==
        "1:48: expected the value of a cas to be [old, new]");
  CHECK(refusal(R"({"process":1,"type":"invoke","f":"txn","value":[["x",1,2]]})") ==
        "1:50: expected a micro-operation: [\"r\", key, null or list], [\"append\", key, value] or "
        "[\"w\", key, value]");
  CHECK(refusal("{\"process\":1,\"f\":\"a\xFF\"}") == "1:20: expected UTF-8, found byte 0xff");
  CHECK(refusal(std::string_view("{\"process\":1,\"f\":\"a\0\"}", 22)) ==
        "1:20: a text may not hold byte 0x00; write it as \\u00..");
  CHECK(refusal(std::string(200, '[')) == "1:2: expected an operation (a map), found '['");
  CHECK(refusal(R"({"process":)" + std::string(200, '[')) == "1:76: nested deeper than 64 levels");
  CHECK(refusal("{:process 1 :type}") == "1:1: a map needs a value for each key");
}

TEST_CASE("history: completions that do not fit their invocations are refused") {
  const std::string invoke(kInvoke);
  const std::string ok = R"({"process":1,"type":"ok","f":"put","key":7,"value":"a"})"
                         "\n";
  const std::string info = R"({"process":1,"type":"info","f":"put","key":7,"value":"a"})"
                           "\n";
  CHECK(refusal(invoke + ok) == "accepted");
  CHECK(refusal(ok) == "1:12: process 1 completes what it never invoked");
  CHECK(refusal(invoke + ok + ok) ==
        "3:12: process 1 has no open operation; its last one completed in line 2");
  CHECK(refusal(invoke + invoke) == "2:12: process 1 invokes again; its operation of line 1 is still open");
  CHECK(refusal(invoke + info + invoke) ==
        "3:12: process 1 invokes after its info of line 2; a process ends with info");
  CHECK(refusal(invoke + R"({"process":1,"type":"ok","f":"get","key":7,"value":"a"})") ==
        "2:30: expected the completion of put (line 1), found get");
  CHECK(refusal(invoke + R"({"process":1,"type":"ok","f":"put","key":8,"value":"a"})") ==
        "2:42: expected the key of line 1, 7, found 8");
  CHECK(refusal(invoke + R"({"process":1,"type":"ok","f":"put","key":7,"value":"b"})") ==
        "2:52: expected the value that was invoked, \"a\", or null, found \"b\"");
  const std::string txn = R"({"process":1,"type":"invoke","f":"txn","value":[["r",1,null]]})"
                          "\n";
  CHECK(refusal(txn + R"({"process":1,"type":"ok","f":"txn","value":[]})") ==
        "2:44: expected 1 micro-operations, as invoked, found 0");
  CHECK(refusal(txn + R"({"process":1,"type":"ok","f":"txn","value":[["r",2,[1]]]})") ==
        "2:44: micro-operation 1 is not the one that was invoked");
}

TEST_CASE("history: limits are refusals, not crashes") {
  CHECK(refusal(std::string(2'000'000, ' ') + "{", {.line_bytes_max = 1'000'000}) ==
        "1:1: this line is longer than 1000000 bytes");
  std::string many;
  for (int i = 0; i < 20'000; ++i) {
    many += R"({"process":)" + std::to_string(i) + R"(,"type":"invoke","f":"put","value":)" +
            std::to_string(i) + "}\n";
  }
  CHECK(refusal(many, {.memory_bytes_max = 1U << 20}).find("the history needs more than 1048576 bytes") !=
        std::string::npos);
  CHECK(refusal(many, {.text_bytes_max = 10'000}).find("the text is longer than 10000 bytes") !=
        std::string::npos);
  CHECK(refusal(many) == "accepted");
}

TEST_CASE("history: zstd is found by its magic number; damaged data is refused") {
  std::string text;
  for (int i = 0; i < 5'000; ++i) {
    text += R"({"process":)" + std::to_string(i) + R"(,"type":"invoke","f":"put","key":1,"value":)" +
            std::to_string(i) + "}\n";
  }
  const std::string packed = compress(text);
  CHECK(read(packed).operations.size() == 5'000);
  CHECK(refusal(packed.substr(0, packed.size() / 2)).find("the zstd data ends in the middle") !=
        std::string::npos);
  std::string damaged = packed;
  damaged[20] = static_cast<char>(damaged[20] ^ 0x55);
  CHECK(refusal(damaged) != "accepted");
}

TEST_CASE("history: files are read, directories and missing files are refused") {
  const auto dir = std::filesystem::temp_directory_path() / "worknode-history-test";
  std::filesystem::create_directories(dir);
  const auto path = dir / "h.jsonl.zst";
  std::ofstream(path, std::ios::binary) << compress(kInvoke);
  CHECK(read_history_file(path)->operations.size() == 1);
  CHECK(read_history_file(dir).error().message == "expected a file, found a directory");
  CHECK(read_history_file(dir / "none").error().code == Errc::not_found);
  std::filesystem::remove_all(dir);
}

TEST_CASE("history: no damaged text crashes the reader") {
  const std::string json = write_jsonl(read(
      R"({"process":4,"time":3,"type":"invoke","f":"cas","key":"k\n","value":[2,"é"]})"
      "\n"
      R"({"process":5,"type":"invoke","f":"txn","key":null,"value":[["append",1,[2.5,true]],["r",2,null]]})"
      "\n"
      R"({"process":4,"type":"ok","f":"cas","key":"k\n","value":null})"
      "\n"));
  const std::string edn = write_edn(read(json));
  const Random random(7);
  int refused = 0;
  for (std::uint32_t round = 0; round < 20'000; ++round) {
    std::string text = round % 2 == 0 ? json : edn;
    Draw draw = random.at("test.damage", round);
    for (std::uint64_t edits = 1 + draw.below(3); edits > 0; --edits) {
      const std::size_t at = draw.below(text.size());
      switch (draw.below(3)) {
        case 0:
          text[at] = static_cast<char>(draw.below(256));
          break;
        case 1:
          text.resize(at + 1);
          break;
        default:
          text.insert(at, 1, "{}[]\",:#\\;("[draw.below(11)]);
          break;
      }
    }
    const auto history = read_history_text(text, "h");
    if (!history) {
      ++refused;
      CHECK(history.error().at.line > 0);
      CHECK(history.error().at.column > 0);
    }
  }
  CHECK(refused > 10'000);
}

TEST_CASE("history: a recorded run is the history that its text says") {
  HistoryRecorder recorder;
  Interner& atoms = recorder.atoms();
  const Atom k = atoms.number(3);
  const auto put = recorder.invoke(1, Function::put, k, atoms.text("a"), 10);
  const auto get = recorder.invoke(2, Function::get, k, kNil, 11);
  recorder.complete(put, Outcome::ok, 20);
  recorder.complete(get, Outcome::ok, 21, atoms.text("a"));
  const auto cas = recorder.invoke(1, Function::cas, k, atoms.text("b"), 22, atoms.text("z"));
  recorder.complete(cas, Outcome::fail, 23);
  const auto txn =
      recorder.invoke_txn(2, {{.append = true, .key = k, .value = atoms.number(1)}, {.key = k}}, 24);
  recorder.complete_txn(txn, Outcome::ok, 25,
                        {{.append = true, .key = k, .value = atoms.number(1)},
                         {.key = k, .list = std::vector<Atom>{atoms.number(1)}}});
  recorder.invoke(3, Function::remove, k, kNil, 26);
  const std::string text = write_jsonl(recorder.history());
  CHECK(write_jsonl(read(text)) == text);
  CHECK(read(text).operations[1].completed == recorder.history().operations[1].completed);
  CHECK(text.find(R"({"index":3,"time":21,"process":2,"type":"ok","f":"get","key":3,"value":"a"})") !=
        std::string::npos);
}

}  // namespace wn::checkers
