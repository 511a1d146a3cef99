#include "runtime/client/words.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/base/random.h"

namespace wn::client {
namespace {

const std::string kKey(64, 'a');
const std::string kOther(64, 'b');

TEST_CASE("words: servers by URL, several by comma, with an id or their place") {
  const std::vector<std::string> urls = {"quic://a.example:7411/" + kKey + ", quic://[::1]:1/" + kOther +
                                         "?id=9"};
  const auto servers = servers_from(urls);
  REQUIRE(servers.has_value());
  REQUIRE(servers->size() == 2);
  CHECK(((*servers)[0].host == "a.example" && (*servers)[0].port == 7411 && (*servers)[0].id == NodeId{1}));
  CHECK(((*servers)[1].host == "::1" && (*servers)[1].id == NodeId{9}));
  CHECK(to_text((*servers)[1]) == "quic://[::1]:1/" + kOther);
}

TEST_CASE("words: what is no server is refused in one line that says what was expected") {
  for (const std::string& url :
       {std::string(), std::string("http://a:1/") + kKey, "quic://a/" + kKey, "quic://a:0/" + kKey,
        "quic://a:99999/" + kKey, std::string("quic://a:1"), "quic://a:1/" + kKey.substr(1),
        "quic://:1/" + kKey, "quic://a:1/" + kKey + "?id=0", "quic://a:1/" + std::string(64, '0'),
        "quic://a:1/" + kKey + ",quic://b:1/" + kKey}) {
    const auto servers = servers_from(std::vector<std::string>{url});
    INFO(url);
    REQUIRE_FALSE(servers.has_value());
    CHECK(servers.error().message.find('\n') == std::string::npos);
  }
}

TEST_CASE("words: worknodes by number or by 128 bits, and back") {
  CHECK(*worknode_from("0") == realm::kRealmRoot);
  CHECK(*worknode_from("7") == realm::numbered(7));
  CHECK(*worknode_from("00000000000000050000000000000001") == WorknodeId{.high = 5, .low = 1});
  for (const WorknodeId id : {realm::kRealmRoot, realm::numbered(12), WorknodeId{.high = 1, .low = 2}})
    CHECK(*worknode_from(to_text(id)) == id);
  CHECK_FALSE(worknode_from("-1").has_value());
  CHECK_FALSE(worknode_from("seven").has_value());
  CHECK_FALSE(worknode_from(std::string(32, '0')).has_value());
}

TEST_CASE("words: properties, functions and modes by their names") {
  CHECK(*property_from("tags") == realm::Property::tags);
  CHECK(*function_from("cas") == realm::Function::cas);
  CHECK(*mode_from("strong") == Mode::strong);
  CHECK_FALSE(property_from("").has_value());
  CHECK_FALSE(function_from("gets").has_value());
  CHECK_FALSE(mode_from("STRONG").has_value());
}

TEST_CASE("words: reading is total on any text") {
  const std::string seed_url = "quic://host.example:7411/" + kKey + "?id=3,quic://[::1]:5/" + kOther;
  for (std::uint64_t n = 0; n < 20'000; ++n) {
    std::string text = seed_url;
    for (std::uint32_t k = 0; k < 3; ++k) {
      const std::uint64_t draw = Random(n).at("words.fuzz", k).u64();
      text[draw % text.size()] = static_cast<char>(draw >> 32U);
    }
    static_cast<void>(servers_from(std::vector<std::string>{text}));
    static_cast<void>(worknode_from(text.substr(0, n % 40)));
    static_cast<void>(seed_from(text.substr(n % 20)));
  }
}

}  // namespace
}  // namespace wn::client
