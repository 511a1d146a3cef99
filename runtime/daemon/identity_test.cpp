// The file of a node's secret.
#include "runtime/daemon/identity.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "runtime/capability/crypto.h"
#include "runtime/real/test_folder.h"

namespace wn::daemon {
namespace {

void write_file(const std::string& path, const std::string& text, mode_t mode) {
  std::ofstream(path) << text;
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

TEST_CASE("identity: a new one is read back, is nobody else's to read, and is never replaced") {
  const real::TestFolder folder;
  const std::string path = folder.path() + "/n.key";
  const auto key = new_identity(path);
  REQUIRE(key.has_value());
  struct stat about{};
  REQUIRE(::stat(path.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  const auto seed = read_identity(path);
  REQUIRE(seed.has_value());
  CHECK(capability::KeyPair(*seed).public_key() == *key);
  CHECK(new_identity(path).error().code == Errc::already_exists);
  CHECK(read_identity(path)->bytes == seed->bytes);
  CHECK(*new_identity(folder.path() + "/other.key") != *key);
}

TEST_CASE("identity: what others may read, or is no seed, is refused in a line that says what to do") {
  const real::TestFolder folder;
  const std::string path = folder.path() + "/n.key";
  CHECK(read_identity(path).error().message.find("--new-identity") != std::string::npos);
  CHECK(read_identity(path).error().code == Errc::not_found);
  const std::string digits(64, '7');
  for (const mode_t mode : {0640U, 0604U, 0644U, 0610U}) {
    write_file(path, digits, mode);
    CHECK(read_identity(path).error().code == Errc::precondition);
    CHECK(read_identity(path).error().message.find("chmod 600") != std::string::npos);
  }
  write_file(path, digits + "\n", 0400);
  CHECK(read_identity(path).has_value());
  ::unlink(path.c_str());
  for (const std::string& text : {std::string(), std::string(63, '7'), digits + "7", std::string(64, 'g')}) {
    write_file(path, text, 0600);
    const auto seed = read_identity(path);
    REQUIRE(!seed.has_value());
    CHECK(seed.error().code == Errc::bad_input);
    if (!text.empty()) CHECK(seed.error().message.find(text) == std::string::npos);  // it may be a secret
    ::unlink(path.c_str());
  }
  CHECK(read_identity(folder.path()).error().code == Errc::bad_input);
  CHECK(new_identity(folder.path() + "/no/n.key").error().code == Errc::not_found);
}

}  // namespace
}  // namespace wn::daemon
