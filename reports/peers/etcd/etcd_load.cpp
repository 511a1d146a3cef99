// etcd under the load that `worknode bench cluster` gives ours: closed loops over gRPC, one connection for
// each client, the answers on one thread. Also: how long a put takes to succeed again (--until-put).
//
//   etcd_load ENDPOINT,… put|get CLIENTS WINDOW PAYLOAD WARM_MS TIME_MS
//   etcd_load ENDPOINT,… until-put        puts until told to end by a line on standard input; prints the
//                                         moment (CLOCK_MONOTONIC, ns) at which each that succeeded did
// Prints: done, failed, seconds, processor seconds of the client, then the histogram's percentiles in ns.
#include <grpcpp/grpcpp.h>
#include <kv.grpc.pb.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Client {
  std::unique_ptr<etcdserverpb::KV::Stub> stub;
};

struct Call {
  grpc::ClientContext context;
  grpc::Status status;
  etcdserverpb::PutResponse put;
  etcdserverpb::RangeResponse range;
  std::unique_ptr<grpc::ClientAsyncResponseReader<etcdserverpb::PutResponse>> putting;
  std::unique_ptr<grpc::ClientAsyncResponseReader<etcdserverpb::RangeResponse>> ranging;
  Clock::time_point asked;
  std::size_t client = 0, slot = 0;
};

std::vector<std::string> endpoints_of(const std::string& list) {
  std::vector<std::string> out(1);
  for (const char c : list) {
    if (c == ',') {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

std::vector<Client> connect(const std::vector<std::string>& endpoints, std::size_t clients) {
  std::vector<Client> out;
  for (std::size_t i = 0; i < clients; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
    const auto channel = grpc::CreateCustomChannel(endpoints[i % endpoints.size()],
                                                   grpc::InsecureChannelCredentials(), arguments);
    channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10));
    out.push_back({etcdserverpb::KV::NewStub(channel)});
  }
  return out;
}

double processor_seconds() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  return static_cast<double>(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
         static_cast<double>(use.ru_utime.tv_usec + use.ru_stime.tv_usec) * 1e-6;
}

class Load {
 public:
  Load(std::vector<Client>& clients, bool put, std::size_t payload)
      : clients_(clients), put_(put), payload_(payload) {}

  void run(std::size_t window, int warm_ms, int time_ms) {
    const auto start = Clock::now();
    const auto from = start + std::chrono::milliseconds(warm_ms);
    const auto end = from + std::chrono::milliseconds(time_ms);
    end_ = end;
    for (std::size_t c = 0; c < clients_.size(); ++c) {
      for (std::size_t s = 0; s < window; ++s) ask(c, c * window + s);
    }
    double before = 0;
    bool counting = false, over = false;
    void* tag = nullptr;
    bool ok = false;
    while (open_ > 0 && queue_.Next(&tag, &ok)) {
      const auto now = Clock::now();
      if (!counting && !over && now >= from) {
        counting = true;
        before = processor_seconds();
      }
      if (counting && now >= end) {
        counting = false;
        over = true;
        processor_ = processor_seconds() - before;
      }
      std::unique_ptr<Call> call(static_cast<Call*>(tag));
      --open_;
      if (counting) {
        const bool done = ok && call->status.ok();
        done ? ++done_ : ++failed_;
        if (done) times_.push_back((now - call->asked).count());
      }
      ask(call->client, call->slot);
    }
    std::ranges::sort(times_);
    std::printf("%zu %zu %.6f %.6f", done_, failed_, time_ms / 1000.0, processor_);
    for (const double q : {0.5, 0.9, 0.99, 0.999, 0.9999}) {
      const auto at = static_cast<std::size_t>(q * static_cast<double>(times_.size()));
      std::printf(" %lld",
                  times_.empty() ? 0LL : static_cast<long long>(times_[std::min(at, times_.size() - 1)]));
    }
    std::printf("\n");
  }

 private:
  void ask(std::size_t client, std::size_t slot) {
    if (Clock::now() >= end_) return;
    Call* const call = new Call;  // its completion takes it back
    call->client = client;
    call->slot = slot;
    call->asked = Clock::now();
    call->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    const std::string key = "k" + std::to_string(slot);
    ++open_;
    if (put_) {
      etcdserverpb::PutRequest request;
      request.set_key(key);
      std::string value = std::to_string(++number_);
      if (value.size() < payload_) value.insert(0, payload_ - value.size(), '0');
      request.set_value(value);
      call->putting = clients_[client].stub->AsyncPut(&call->context, request, &queue_);
      call->putting->Finish(&call->put, &call->status, call);
    } else {
      etcdserverpb::RangeRequest request;
      request.set_key(key);
      call->ranging = clients_[client].stub->AsyncRange(&call->context, request, &queue_);
      call->ranging->Finish(&call->range, &call->status, call);
    }
  }

  std::vector<Client>& clients_;
  bool put_;
  std::size_t payload_;
  grpc::CompletionQueue queue_;
  Clock::time_point end_;
  std::vector<long long> times_;
  std::size_t open_ = 0, done_ = 0, failed_ = 0;
  unsigned long long number_ = 0;
  double processor_ = 0;
};

// One after the other at every endpoint, each from a thread of its own; whichever succeeds says when.
void until_put(const std::vector<std::string>& endpoints) {
  for (const std::string& endpoint : endpoints) {
    std::thread([endpoint] {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 50);
      arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 20);
      const auto stub = etcdserverpb::KV::NewStub(
          grpc::CreateCustomChannel(endpoint, grpc::InsecureChannelCredentials(), arguments));
      for (;;) {
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(250));
        etcdserverpb::PutRequest request;
        request.set_key("failover");
        request.set_value("1");
        etcdserverpb::PutResponse response;
        const auto asked = Clock::now().time_since_epoch().count();
        if (stub->Put(&context, request, &response).ok()) {
          std::printf("%lld %lld\n", static_cast<long long>(asked),
                      static_cast<long long>(Clock::now().time_since_epoch().count()));
          std::fflush(stdout);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
    }).detach();
  }
  char line[16];
  static_cast<void>(std::fgets(line, sizeof line, stdin));
  std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[2]) == "until-put") until_put(endpoints_of(argv[1]));
  if (argc != 8) {
    std::fprintf(stderr, "etcd_load ENDPOINT,… put|get CLIENTS WINDOW PAYLOAD WARM_MS TIME_MS\n");
    return 2;
  }
  auto clients = connect(endpoints_of(argv[1]), std::strtoul(argv[3], nullptr, 10));
  Load load(clients, std::string(argv[2]) == "put", std::strtoul(argv[5], nullptr, 10));
  load.run(std::strtoul(argv[4], nullptr, 10), std::atoi(argv[6]), std::atoi(argv[7]));
}
