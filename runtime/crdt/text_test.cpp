#include <algorithm>

#include "runtime/crdt/testing_help.h"

namespace wn::crdt {
namespace {

const Step kText[] = {{Type::text, "t"}};

struct Writer : Replica {
  using Replica::Replica;
  void type(std::uint32_t at, std::string_view utf8) {
    REQUIRE(done(doc.insert_text(kText, at, utf8, write())));
    sent.push_back(bytes);
  }
  void erase(std::uint32_t at, std::uint32_t count) {
    REQUIRE(done(doc.erase_text(kText, at, count, write())));
    sent.push_back(bytes);
  }
  std::string text() const { return doc.text(kText).value_or(""); }
  std::vector<Bytes8> sent;
};

TEST_CASE("a text does what a string does") {
  const Random random(51);
  Writer w(1);
  std::u32string model;
  constexpr std::u32string_view kLetters = U"aé€😀";
  const std::string_view kUtf8[] = {"a", "é", "€", "😀"};
  for (std::uint32_t step = 0; step < 3000; ++step) {
    Draw draw = random.at("step", step);
    const std::uint64_t at = draw.below(model.size() + 1);
    if (draw.below(3) != 0 || at == model.size()) {
      const std::uint64_t letter = draw.below(4);
      w.type(static_cast<std::uint32_t>(at), kUtf8[letter]);
      model.insert(model.begin() + static_cast<std::ptrdiff_t>(at), kLetters[letter]);
    } else {
      const std::uint64_t count = std::min<std::uint64_t>(1 + draw.below(4), model.size() - at);
      w.erase(static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(count));
      model.erase(at, count);
    }
    REQUIRE(w.doc.text_size(kText) == model.size());
    if (step % 100 != 0) continue;
    std::string utf8;
    for (const char32_t c : model) utf8 += kUtf8[kLetters.find(c)];
    REQUIRE(w.text() == utf8);
    w.check();
    // All of it is known to all, and may be reclaimed: the text stays and gets smaller.
    const std::uint64_t elements = w.doc.elements();
    (void)w.doc.collect(w.delivered.vector());
    REQUIRE(w.text() == utf8);
    REQUIRE(w.doc.elements() <= elements);
    REQUIRE(w.doc.elements() == model.size());
    w.check();
  }
}

TEST_CASE("two people who type forwards at one place are not mixed") {
  Writer a(1);
  Writer b(2);
  a.type(0, "[]");
  b.take(a.bytes);
  for (const char c : {'a', 'b', 'c'}) a.type(a.doc.text_size(kText) - 1, std::string(1, c));
  for (const char c : {'x', 'y', 'z'}) b.type(b.doc.text_size(kText) - 1, std::string(1, c));
  for (std::size_t i = 1; i < a.sent.size(); ++i) b.take(a.sent[i]);
  for (const Bytes8& delta : b.sent) a.take(delta);
  CHECK(a.text() == b.text());
  CHECK((a.text() == "[abcxyz]" || a.text() == "[xyzabc]"));
}

TEST_CASE("what arrives before it can stand waits, is counted, and travels with the state") {
  Writer a(1);
  a.type(0, "a");
  a.type(1, "b");
  a.type(2, "c");
  a.erase(1, 1);
  Writer b(2);
  CHECK(b.take(a.sent[3]).waiting == 1);
  CHECK(b.take(a.sent[2]).waiting == 2);
  CHECK(b.text().empty());
  CHECK_FALSE(b.doc.contains(kText));
  CHECK(b.doc.elements() == 2);
  Writer c(3);
  c.join(b);
  CHECK(c.state() == b.state());
  for (Writer* w : {&b, &c}) {
    CHECK(w->take(a.sent[1]).waiting == 3);  // it lacks the beginning, too
    CHECK(w->take(a.sent[0]).waiting == 0);
    CHECK(w->text() == "ac");
    w->check();
  }
}

TEST_CASE("a delta that stands on what was reclaimed is told to rebase") {
  Writer a(1);
  Writer gone(2);
  a.type(0, "ab");
  gone.take(a.bytes);
  gone.type(2, "c");  // stands on b
  a.erase(1, 1);
  (void)a.doc.collect(a.delivered.vector());  // the other was evicted meanwhile
  CHECK(a.doc.merge(gone.bytes, a.seen).error().code == Errc::precondition);
  a.check();
}

TEST_CASE("deleted text is not kept") {
  Writer a(1);
  a.type(0, "secret");
  a.erase(0, 6);
  const Bytes8 state = a.state();
  CHECK(as_text(state).find("secret") == std::string_view::npos);
}

TEST_CASE("an idle document is small and takes no memory") {
  const Options options;
  const Document doc(options, std::pmr::null_memory_resource());
  CHECK(sizeof(Document) <= 100);
  CHECK(doc.metadata_bytes() == sizeof(Document));
  Replica r(1);
  const Step name[] = {{Type::lww, "name"}};
  REQUIRE(r.done(r.doc.set(name, Value::of("short"), r.write())));
  CHECK(r.doc.metadata_bytes() <= sizeof(Document) + 2 * 96);
  CHECK(r.doc.value_bytes() == 0);  // in place
}

TEST_CASE("history costs nothing: a thousand writes by three replicas hold three dots at most") {
  Replica replicas[] = {Replica(1), Replica(2), Replica(3)};
  const Step key[] = {{Type::mv, "key"}};
  const Random random(52);
  for (std::uint32_t step = 0; step < 1000; ++step) {
    Draw draw = random.at("step", step);
    Replica& r = replicas[draw.below(3)];
    REQUIRE(r.done(r.doc.set(key, Value::of(std::int64_t{step}), r.write())));
    const std::uint64_t to = draw.below(4);
    if (to < 3 && &replicas[to] != &r) replicas[to].take(r.bytes);
    for (const Replica& each : replicas) REQUIRE(each.doc.dots() <= 3);
  }
}

}  // namespace
}  // namespace wn::crdt
