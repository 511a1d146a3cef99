#include "scenarios/cluster_bench/child.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace wn::cluster_bench {
namespace {

constexpr int kTermWaits = 500;  // of 10 ms

}  // namespace

Result<Child> Child::start(const std::vector<std::string>& command, const std::string& log) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (out < 0) return fail(Errc::io_error, log + ": cannot be written");
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    setpgid(0, 0);
    dup2(out, 1);
    dup2(out, 2);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  close(out);
  if (pid < 0) return fail(Errc::io_error, command.front() + ": cannot be started");
  return Child(pid);
}

Child::Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
Child& Child::operator=(Child&& other) noexcept {
  kill();
  pid_ = std::exchange(other.pid_, 0);
  return *this;
}

bool Child::running() {
  if (pid_ == 0) return false;
  if (waitpid(pid_, nullptr, WNOHANG) == 0) return true;
  pid_ = 0;
  return false;
}

void Child::kill() {
  if (pid_ == 0) return;
  ::kill(-pid_, SIGKILL);  // and what it has started
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void Child::terminate() {
  if (pid_ != 0) ::kill(pid_, SIGTERM);
  for (int i = 0; i < kTermWaits && running(); ++i) usleep(10'000);
  kill();
}

Duration Child::processor_time() const {
  std::ifstream in("/proc/" + std::to_string(pid_) + "/stat");
  std::string text;
  std::getline(in, text);
  std::istringstream rest(text.substr(text.rfind(')') + 1));
  std::string word;
  std::int64_t user = 0, system = 0;
  for (int i = 0; i < 11; ++i) rest >> word;  // up to cmajflt
  rest >> user >> system;
  return Duration{(user + system) * (1'000'000'000 / sysconf(_SC_CLK_TCK))};
}

std::uint64_t Child::resident_bytes() const {
  std::ifstream in("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("VmRSS:")) return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
  }
  return 0;
}

std::uint16_t free_port() {
  for (;;) {
    const int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    const bool ok = bind(tcp, address, size) == 0 && getsockname(tcp, address, &size) == 0 &&
                    bind(udp, address, size) == 0;
    close(tcp);
    close(udp);
    if (ok) return ntohs(at.sin_port);
  }
}

Folder::Folder(const std::string& under) {
  std::filesystem::create_directories(under);
  path_ = std::filesystem::absolute(under + "/wn-bench-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) path_.clear();
}

Folder::~Folder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace wn::cluster_bench
