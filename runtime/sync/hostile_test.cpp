// Sessions between strangers, over bad networks, and what they give away.
#include <catch2/catch_test_macros.hpp>

#include "runtime/sync/test_pair.h"

namespace wn::sync {
namespace {

using Message = std::vector<std::uint8_t>;

TEST_CASE("a session ends right over a network that loses, repeats and reorders") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Random random(seed);
    Options options;
    options.message_bytes_max = kMessageBytesMin;
    options.work_per_step = 200;
    options.attempts_max = 64;
    if (seed % 4 != 0) options.method = static_cast<Method>(seed % 4);
    Pair pair(make_sets(800, 150, 120, seed), options, seed);
    std::vector<Message> to_giver, to_asker;  // under way, in no order
    Effects effects;
    const auto post = [&](std::vector<Message>& way, Draw& draw) {
      if (effects.message.empty() || draw.below(4) == 0) return;
      way.push_back(effects.message);
      if (draw.below(4) == 0) way.push_back(effects.message);
    };
    const auto fetch = [](std::vector<Message>& way, Draw& draw) {
      Message message;
      if (way.empty() || draw.below(2) == 0) return message;
      const std::size_t at = draw.below(way.size());
      message = way[at];
      if (draw.below(8) != 0) way.erase(way.begin() + static_cast<std::ptrdiff_t>(at));
      return message;
    };
    for (std::uint64_t k = 0; k < 60'000 && !pair.asker.done(); ++k) {
      Draw draw = random.at("test.lossy", 0, k);
      pair.now = pair.now + milliseconds(static_cast<std::int64_t>(draw.below(20)));
      pair.asker.step(pair.now, fetch(to_asker, draw), effects);
      post(to_giver, draw);
      pair.giver.step(pair.now, fetch(to_giver, draw), effects);
      post(to_asker, draw);
    }
    INFO("seed " << seed << " refusal " << static_cast<int>(pair.asker.refusal()));
    CHECK(pair.right());
  }
}

TEST_CASE("a giver that forgets in the middle is asked anew") {
  for (const std::uint64_t at : {1U, 2U, 3U, 5U}) {
    Options options;
    options.message_bytes_max = kMessageBytesMin;
    Pair pair(make_sets(2000, 300, 300), options);
    std::uint64_t messages = 0;
    pair.run([&](bool to_giver, const Message&) {
      if (to_giver && ++messages == at)
        pair.giver = Session(options, Role::giver, pair.giver_view, {99, at}, test_memory());
    });
    CHECK(pair.right());
  }
}

TEST_CASE("what is hidden from the peer changes no byte that is sent") {
  const Sets seen = make_sets(400, 30, 40);
  const auto conversation = [&](std::uint64_t hidden_seed, std::uint64_t hidden) {
    Sets all = seen;
    std::vector<ItemId> secret;
    for (std::uint64_t i = 0; i < hidden; ++i) secret.push_back(random_item(Random(hidden_seed), i));
    std::ranges::sort(secret);
    all.giver.insert(all.giver.begin(), secret.begin(), secret.end());
    all.asker.insert(all.asker.end(), secret.begin(), secret.end());
    const auto visible = [&](const ItemId& item) { return !std::ranges::binary_search(secret, item); };
    std::vector<Message> messages;
    for (const auto method :
         {std::optional<Method>{}, std::optional(Method::ranges), std::optional(Method::whole)}) {
      Options options;
      options.method = method;
      Pair pair(seen, options);
      pair.asker_view = View::clip(all.asker, visible, test_memory());
      pair.giver_view = View::clip(all.giver, visible, test_memory());
      pair.asker = Session(options, Role::asker, pair.asker_view, {7, 1}, test_memory());
      pair.giver = Session(options, Role::giver, pair.giver_view, {7, 2}, test_memory());
      pair.run([&](bool, const Message& message) { messages.push_back(message); });
      CHECK(pair.right());
    }
    return messages;
  };
  const auto nothing_hidden = conversation(50, 0);
  CHECK(nothing_hidden.size() >= 12);
  CHECK(conversation(51, 1) == nothing_hidden);
  CHECK(conversation(52, 1000) == nothing_hidden);
  CHECK(conversation(53, 1000) == nothing_hidden);
}

TEST_CASE("before the asker is proven, little is sent and no item looked at") {
  const Sets sets = make_sets(5000, 10, 10);
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Options options;
    Pair pair(sets, options, seed);
    Effects effects;
    std::uint64_t in = 0, out = 0;
    for (std::uint64_t k = 0; k < 30; ++k) {
      Draw draw = Random(seed).at("test.unproven", 0, k);
      Message message;
      Message body(draw.below(3) == 0 ? 16 : draw.below(40));
      encode({.kind = static_cast<Kind>(1 + draw.below(13)),
              .session = draw.below(3),
              .request = draw.below(100),
              .token = draw.u64(),
              .a = draw.below(10),
              .b = draw.below(10),
              .body = body},
             message);
      in += message.size();
      pair.giver.step(pair.now, message, effects);
      out += effects.message.size();
      CHECK(!effects.again);
    }
    CHECK(out <= options.amplification * in);
    CHECK(pair.giver.stats().work == 0);
  }
}

// Whatever was done to the messages, the outcome is the truth or none.
TEST_CASE("a session whose messages are tampered with ends right or not at all, in bounded work") {
  std::uint64_t refused = 0, right = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const Random random(seed);
    Options options;
    options.message_bytes_max = kMessageBytesMin;
    if (seed % 4 != 0) options.method = static_cast<Method>(seed % 4);
    Pair pair(make_sets(300, 40, 40, seed), options, seed);
    Effects effects;
    Message to_giver, to_asker;
    std::uint64_t k = 0;
    const auto tampered = [&](Message message) {
      Draw draw = random.at("test.tampered", 0, ++k);
      if (message.empty() || draw.below(6) != 0) return message;
      for (std::uint64_t n = 1 + draw.below(3); n-- > 0;)
        message[draw.below(message.size())] = static_cast<std::uint8_t>(draw.below(256));
      if (draw.below(4) == 0) message.resize(draw.below(message.size()));
      return message;
    };
    for (int step = 0; step < 3000 && !pair.asker.done() && pair.asker.refusal() == Errc::ok; ++step) {
      pair.now = pair.now + milliseconds(100);
      pair.asker.step(pair.now, tampered(to_asker), effects);
      to_giver = effects.message;
      pair.giver.step(pair.now, tampered(to_giver), effects);
      to_asker = effects.message;
    }
    if (pair.asker.done()) {
      ++right;
      CHECK(pair.right());
    } else {
      ++refused;
    }
    CHECK(pair.asker.stats().work < 3'000'000);
  }
  CHECK(right > 50);
  CHECK(refused > 50);
}

TEST_CASE("noise is decoded without harm") {
  Pair pair(make_sets(50, 5, 5), {});
  Effects effects;
  for (std::uint64_t k = 0; k < 20'000; ++k) {
    Draw draw = Random(9).at("test.noise", 0, k);
    Message noise(draw.below(120));
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(draw.below(256));
    pair.giver.step(pair.now, noise, effects);
    pair.asker.step(pair.now, noise, effects);
  }
  pair.run();
  pair.now = pair.now + seconds(1);
  pair.run();
  CHECK(pair.right());
}

TEST_CASE("limits are refused by name") {
  Options options;
  options.items_max = 100;
  Pair large(make_sets(200, 0, 0), options);
  large.run();
  CHECK(large.asker.refusal() == Errc::too_large);
  CHECK(large.giver.refusal() == Errc::too_large);

  options = {};
  options.symbols_max = 64;
  options.method = Method::symbols;
  Pair many(make_sets(0, 500, 500), options);
  for (int i = 0; i < 40; ++i, many.now = many.now + seconds(1)) many.run();
  CHECK(!many.asker.done());
  CHECK(many.asker.refusal() != Errc::ok);

  Pair alone(make_sets(10, 1, 1), {});
  Effects effects;
  Instant now;
  for (int i = 0; i < 1000 && alone.asker.refusal() == Errc::ok; ++i, now = now + seconds(1))
    alone.asker.step(now, {}, effects);
  CHECK(alone.asker.refusal() == Errc::timed_out);
}

}  // namespace
}  // namespace wn::sync
