// Reclaiming by causal stability changes nothing that can be read, and goes on when a replica is gone for
// ever.
#include "runtime/crdt/stability.h"

#include <memory>

#include "runtime/crdt/reissue.h"
#include "runtime/crdt/testing_help.h"

namespace wn::crdt {
namespace {

// A replica that reclaims, and a shadow that takes the same deltas and never does.
struct Member {
  Member(std::uint32_t number, std::uint32_t replicas, Defect defect)
      : live(number), shadow(number), tracker(StabilityOptions{.defect = defect}, ReplicaId{number}, heap()) {
    for (std::uint32_t id = 1; id <= replicas; ++id) REQUIRE(tracker.admit(ReplicaId{id}, 0) == Errc::ok);
  }
  // False when the document says that what the delta stands on was reclaimed.
  bool take(const Bytes8& delta) {
    const auto got = live.doc.merge(delta, live.seen);
    if (!got) return false;
    REQUIRE(live.delivered.add(got->dot) == Errc::ok);
    shadow.take(delta);
    return true;
  }
  void collect() {
    tracker.advance(live.delivered);
    reclaimed += live.doc.collect(tracker.stable());
    live.check();
  }
  bool same() const { return live.doc.digest() == shadow.doc.digest(); }
  Replica live;
  Replica shadow;
  Stability tracker;
  std::uint64_t reclaimed = 0;
};

struct Letter {
  std::uint32_t to;
  Bytes8 bytes;
};

struct Outcome {
  bool wrong = false;
  std::uint64_t reclaimed = 0;
};

// Drawn work of three members over a network that delays and reorders but loses nothing.
Outcome drawn_world(const Random& random, std::uint64_t round, std::span<const Type> types, Defect defect) {
  Member members[] = {Member(1, 3, defect), Member(2, 3, defect), Member(3, 3, defect)};
  std::vector<Letter> mail;
  Outcome outcome;
  const auto deliver = [&](std::size_t at) {
    const Letter letter = mail[at];
    mail.erase(mail.begin() + static_cast<std::ptrdiff_t>(at));
    Member& m = members[letter.to - 1];
    outcome.wrong = outcome.wrong || !m.take(letter.bytes) || !m.same();
  };
  for (std::uint32_t step = 0; step < 150 && !outcome.wrong; ++step) {
    Draw draw = random.at("step", step, round);
    const std::uint64_t what = draw.below(10);
    Member& m = members[draw.below(3)];
    if (what < 4) {
      if (!operate(m.live, types[draw.below(types.size())], random.at("operation", step, round))) continue;
      m.shadow.take(m.live.bytes);
      for (Member& other : members) {
        if (&other != &m) mail.push_back({other.live.id, m.live.bytes});
      }
    } else if (what < 8) {
      if (!mail.empty()) deliver(draw.below(mail.size()));
    } else {
      Member& from = members[draw.below(3)];
      REQUIRE(m.tracker.acknowledge(ReplicaId{from.live.id}, 0, from.live.delivered.vector()) == Errc::ok);
      m.collect();
      outcome.wrong = outcome.wrong || !m.same();
    }
  }
  while (!mail.empty() && !outcome.wrong) deliver(0);
  for (Member& m : members) {
    outcome.wrong = outcome.wrong || !m.same() || m.live.doc.digest() != members[0].live.doc.digest();
    outcome.reclaimed += m.reclaimed;
  }
  return outcome;
}

TEST_CASE("reclaiming changes nothing that can be read, in any order of arrival") {
  const Random random(41);
  for (const Type type : {Type::text, Type::pn_counter, Type::map}) {
    std::uint64_t reclaimed = 0;
    for (std::uint64_t round = 0; round < 400; ++round) {
      const Type types[] = {type == Type::map ? kAllTypes[round % 8] : type};
      const Outcome outcome = drawn_world(random, round, types, Defect::none);
      INFO("type " << to_string(type) << " round " << round);
      REQUIRE_FALSE(outcome.wrong);
      reclaimed += outcome.reclaimed;
    }
    CHECK(reclaimed > 100);
  }
}

TEST_CASE("planted bug: reclaiming by what this replica alone has seen is found") {
  const Random random(41);
  for (const Type type : {Type::text, Type::pn_counter}) {
    std::uint64_t found = 0;
    for (std::uint64_t round = 0; round < 60; ++round) {
      const Type types[] = {type};
      found += drawn_world(random, round, types, Defect::tombstone_reaped_early).wrong ? 1 : 0;
    }
    INFO("type " << to_string(type));
    CHECK(found > 5);
  }
}

// ---- every sequence of five acts of two members ----------------------------------------------------------

struct Duel {
  explicit Duel(Defect defect) : a(1, 2, defect), b(2, 2, defect) {
    REQUIRE(a.live.done(a.live.doc.insert_text(path, 0, "pq", a.live.write())));
    a.shadow.take(a.live.bytes);
    REQUIRE(b.take(a.live.bytes));
  }
  // 0..3: a mutation; 4: the oldest letter arrives; 5: the newest; 6: an acknowledgement and a collection.
  bool act(Member& m, Member& other, std::vector<Bytes8>& in, std::vector<Bytes8>& out, int what) {
    const std::uint32_t size = m.live.doc.text_size(path);
    bool done = false;
    if (what == 0) done = m.live.done(m.live.doc.insert_text(path, 0, "x", m.live.write()));
    if (what == 1) done = m.live.done(m.live.doc.insert_text(path, size, "y", m.live.write()));
    if (what == 2) done = m.live.done(m.live.doc.erase_text(path, 0, 1, m.live.write()));
    if (what == 3) done = m.live.done(m.live.doc.erase_text(path, size - 1, 1, m.live.write()));
    if (done) {
      m.shadow.take(m.live.bytes);
      out.push_back(m.live.bytes);
    }
    if ((what == 4 || what == 5) && !in.empty()) {
      const auto at = what == 4 ? in.begin() : in.end() - 1;
      const Bytes8 delta = *at;
      in.erase(at);
      if (!m.take(delta)) return false;
    }
    if (what == 6) {
      REQUIRE(m.tracker.acknowledge(ReplicaId{other.live.id}, 0, other.live.delivered.vector()) == Errc::ok);
      m.collect();
    }
    return m.same();
  }
  bool run(std::uint32_t script, int length) {
    for (int i = 0; i < length; ++i, script /= 14) {
      const int what = static_cast<int>(script % 7);
      if (!(script % 14 < 7 ? act(a, b, to_a, to_b, what) : act(b, a, to_b, to_a, what))) return false;
    }
    while (!to_a.empty()) {
      if (!act(a, b, to_a, to_b, 4)) return false;
    }
    while (!to_b.empty()) {
      if (!act(b, a, to_b, to_a, 4)) return false;
    }
    return a.live.doc.digest() == b.live.doc.digest();
  }
  const Step path[1] = {{Type::text, "t"}};
  Member a, b;
  std::vector<Bytes8> to_a, to_b;
};

TEST_CASE("every sequence of four acts of two members ends in what was written") {
  std::uint32_t bad = 0;
  for (std::uint32_t script = 0; script < 14 * 14 * 14 * 14; ++script) {
    Duel duel(Defect::none);
    bad += duel.run(script, 4) ? 0 : 1;
  }
  CHECK(bad == 0);
}

TEST_CASE("planted bug: the same sequences find early reaping") {
  std::uint32_t bad = 0;
  for (std::uint32_t script = 0; script < 14 * 14 * 14 * 14; script += 3) {
    Duel duel(Defect::tombstone_reaped_early);
    bad += duel.run(script, 4) ? 0 : 1;
  }
  CHECK(bad > 0);
}

// ---- a replica that is gone, and one that comes back -----------------------------------------------------

struct Realm {
  Realm() {
    for (std::uint32_t id = 1; id <= 3; ++id)
      members.push_back(std::make_unique<Member>(id, 3, Defect::none));
  }
  Member& at(std::size_t i) { return *members[i]; }
  void tell(Member& from, std::initializer_list<std::size_t> to) {
    from.shadow.take(from.live.bytes);
    for (const std::size_t i : to) REQUIRE(at(i).take(from.live.bytes));
  }
  void acknowledge(std::initializer_list<std::size_t> who) {
    for (int round = 0; round < 2; ++round) {
      for (const std::size_t to : who) {
        for (const std::size_t from : who) {
          if (to == from) continue;
          Member& m = at(from);
          REQUIRE(at(to).tracker.acknowledge(ReplicaId{m.live.id}, m.tracker.epoch(),
                                             m.live.delivered.vector(), m.tracker.settled()) == Errc::ok);
        }
        at(to).collect();
      }
    }
  }
  std::vector<std::unique_ptr<Member>> members;
};

TEST_CASE("collection stands still for a dead replica and goes on after its eviction") {
  Realm realm;
  const Step text[] = {{Type::text, "t"}};
  Member& a = realm.at(0);
  REQUIRE(a.live.done(a.live.doc.insert_text(text, 0, "hello", a.live.write())));
  realm.tell(a, {1, 2});
  REQUIRE(a.live.done(a.live.doc.erase_text(text, 0, 5, a.live.write())));
  realm.tell(a, {1});  // the third is dead
  realm.acknowledge({0, 1});
  CHECK(a.reclaimed == 0);
  CHECK(a.tracker.slowest() == ReplicaId{3});
  for (const std::size_t i : {0U, 1U}) {
    CHECK(realm.at(i).tracker.evict(ReplicaId{3}, 2, 0) == Errc::precondition);  // not the next epoch
    REQUIRE(realm.at(i).tracker.evict(ReplicaId{3}, 1, 0) == Errc::ok);
    CHECK(realm.at(i).tracker.acknowledge(ReplicaId{3}, 0, a.live.delivered.vector()) == Errc::precondition);
  }
  realm.acknowledge({0, 1});
  CHECK(a.reclaimed == 5);
  CHECK(a.live.doc.empty());
  CHECK(a.tracker.retired(ReplicaId{3}));
  CHECK(a.tracker.settled() == 1);
}

TEST_CASE("a returning replica rebases: its unknown work survives under a fresh id, nothing counts twice") {
  const Random random(43);
  for (std::uint64_t round = 0; round < 150; ++round) {
    Realm realm;
    Member& gone = realm.at(2);
    std::vector<Bytes8> unsent;
    std::uint64_t cut = 0;
    const auto work = [&](Member& m, std::uint32_t step) {
      Draw draw = random.at("type", step, round);
      return operate(m.live, kAllTypes[draw.below(8)], random.at("operation", step, round));
    };
    std::uint32_t step = 0;
    for (; step < 30; ++step) {  // together
      const std::size_t who = random.at("who", step, round).below(3);
      if (!work(realm.at(who), step)) continue;
      realm.tell(realm.at(who), {(who + 1) % 3, (who + 2) % 3});
      if (who == 2) cut = gone.live.delivered.vector().of(ReplicaId{3});
    }
    for (; step < 60; ++step) {  // apart
      const std::size_t who = random.at("who", step, round).below(3);
      if (!work(realm.at(who), step)) continue;
      if (who == 2) {
        unsent.push_back(gone.live.bytes);
      } else {
        realm.tell(realm.at(who), {1 - who});
      }
    }
    for (const std::size_t i : {0U, 1U}) REQUIRE(realm.at(i).tracker.evict(ReplicaId{3}, 1, cut) == Errc::ok);
    realm.acknowledge({0, 1});
    Member& host = realm.at(0);
    for (const Bytes8& delta : unsent) {
      Replica probe(9);
      CHECK_FALSE(host.tracker.accept(probe.take(delta).dot));
    }
    REQUIRE(host.tracker.welcome(ReplicaId{3}, 0) == Stability::Answer::rebase);

    for (const std::size_t i : {0U, 1U}) REQUIRE(realm.at(i).tracker.admit(ReplicaId{4}, 1) == Errc::ok);
    Replica back(4);
    back.install(host.live);
    Reissue again(gone.live.doc, back.doc, ReplicaId{3}, cut, ReplicaId{4});
    for (const Bytes8& delta : unsent) {
      Bytes8 rewritten;
      REQUIRE(again.rewrite(delta, rewritten) == Errc::ok);
      back.take(rewritten);
      back.check();
      for (const std::size_t i : {0U, 1U})
        REQUIRE(realm.at(i).live.take(rewritten).dot.replica == ReplicaId{4});
    }
    REQUIRE(back.doc.digest() == host.live.doc.digest());
    REQUIRE(back.doc.digest() == realm.at(1).live.doc.digest());
    REQUIRE(back.delivered.next(ReplicaId{4}).counter == unsent.size() + 1);
    // A control that needed no eviction: the same writes, exchanged under the old id.
    Replica both(7);
    both.join(realm.at(1).shadow);
    for (const Bytes8& delta : unsent) both.take(delta);
    for (const Type type : {Type::g_counter, Type::pn_counter, Type::bounded}) {
      for (const std::string_view key : kKeys) {
        const Step path[] = {{type, key}};
        REQUIRE(both.doc.count(path) == back.doc.count(path));
      }
    }
    for (const std::string_view key : kKeys) {
      const Step path[] = {{Type::lww, key}};
      REQUIRE(both.doc.get(path) == back.doc.get(path));
    }
  }
}

TEST_CASE("a tracker travels, and damaged bytes of one are refused") {
  Stability tracker({}, ReplicaId{1}, heap());
  REQUIRE(tracker.admit(ReplicaId{2}, 0) == Errc::ok);
  REQUIRE(tracker.admit(ReplicaId{3}, 0) == Errc::ok);
  REQUIRE(tracker.evict(ReplicaId{2}, 1, 7) == Errc::ok);
  Bytes8 bytes;
  tracker.encode(bytes);
  const auto got = Stability::decode(bytes, {}, ReplicaId{4}, heap());
  REQUIRE(got.has_value());
  CHECK(got->epoch() == 1);
  CHECK(got->living(ReplicaId{3}));
  CHECK(got->living(ReplicaId{4}));
  CHECK_FALSE(got->living(ReplicaId{2}));
  CHECK(got->cut_of(ReplicaId{2}) == 7);
  const Random random(44);
  for (std::uint32_t i = 0; i < 5000; ++i) {
    Bytes8 hurt = bytes;
    Draw draw = random.at("damage", i);
    const std::uint64_t at = draw.below(hurt.size());
    hurt[at] = static_cast<std::uint8_t>(draw.u64());
    (void)Stability::decode(hurt, {}, ReplicaId{4}, heap());
  }
}

}  // namespace
}  // namespace wn::crdt
