// Small unary calls over the loopback device: gRPC's asynchronous C++ interface without message classes (raw
// buffers), one channel, server and client polled by one thread, so many calls under way. No encryption: its
// plain-text channel is its fastest. The metric is calls for each second of CPU time of the whole process,
// which includes gRPC's own helper threads.
//
//     PROGRAM …            metrics calls/1, calls/32, calls/256
//     PROGRAM --version grpc
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <ctime>
#include <memory>

#include "reports/peers/common/peer.h"

namespace {

double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

grpc::ByteBuffer buffer(const std::string& text) {
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

// What a completion queue gives back: somebody who goes on.
struct Step {
  virtual ~Step() = default;
  virtual void go_on(bool fine) = 0;
};

struct Server {
  Server() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterAsyncGenericService(&service);
    queue = builder.AddCompletionQueue();
    server = builder.BuildAndStart();
  }
  int port = 0;
  grpc::AsyncGenericService service;
  std::unique_ptr<grpc::ServerCompletionQueue> queue;
  std::unique_ptr<grpc::Server> server;
};

// One slot of the server: takes a call, reads it, answers, and takes the next.
struct Asked final : Step {
  explicit Asked(Server& s) : server(s) { begin(); }
  void begin() {
    context = std::make_unique<grpc::GenericServerContext>();
    stream = std::make_unique<grpc::GenericServerAsyncReaderWriter>(context.get());
    at = 0;
    server.service.RequestCall(context.get(), stream.get(), server.queue.get(), server.queue.get(), this);
  }
  void go_on(bool fine) override {
    if (!fine) return;
    switch (at++) {
      case 0:
        return stream->Read(&request, this);
      case 1:
        return stream->WriteAndFinish(buffer("answered"), grpc::WriteOptions(), grpc::Status::OK, this);
      default:
        return begin();
    }
  }
  Server& server;
  std::unique_ptr<grpc::GenericServerContext> context;
  std::unique_ptr<grpc::GenericServerAsyncReaderWriter> stream;
  grpc::ByteBuffer request;
  int at = 0;
};

struct Client {
  explicit Client(int port)
      : stub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials())) {}
  grpc::GenericStub stub;
  grpc::CompletionQueue queue;
  std::uint64_t done = 0;
};

struct Call final : Step {
  explicit Call(Client& c) : client(c) { begin(); }
  void begin() {
    context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
    reader =
        client.stub.PrepareUnaryCall(context.get(), "/bench/echo", buffer("sixteen bytes..."), &client.queue);
    reader->StartCall();
    reader->Finish(&reply, &status, this);
  }
  void go_on(bool) override {
    if (!status.ok()) {
      std::fprintf(stderr, "%s\n", status.error_message().c_str());
      std::exit(1);
    }
    ++client.done;
    begin();
  }
  Client& client;
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader;
  grpc::ByteBuffer reply;
  grpc::Status status;
};

void poll(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool fine = false;
  while (queue.AsyncNext(&tag, &fine, gpr_time_0(GPR_CLOCK_REALTIME)) == grpc::CompletionQueue::GOT_EVENT)
    static_cast<Step*>(tag)->go_on(fine);
}

// Leaves everything as it is at the end of the process: calls are still under way.
void measure(const peer::Bench& bench, std::size_t window) {
  const std::string name = "calls/" + std::to_string(window);
  if (!bench.wants(name)) return;
  auto* server = new Server;
  for (std::size_t i = 0; i < window + 8; ++i) new Asked(*server);
  auto* client = new Client(server->port);
  for (std::size_t i = 0; i < window; ++i) new Call(*client);
  std::vector<double> runs;
  for (int run = 0; run <= bench.runs(); ++run) {
    const std::uint64_t goal = client->done + bench.size(window == 1 ? 10'000 : 50'000);
    const std::uint64_t before = client->done;
    const double start = cpu_seconds();
    while (client->done < goal) {
      poll(client->queue);
      poll(*server->queue);
    }
    if (run > 0) runs.push_back(static_cast<double>(client->done - before) / (cpu_seconds() - start));
  }
  peer::print(name, "1/s", runs);
}

}  // namespace

int main(int argc, char** argv) {
  const peer::Bench bench(argc, argv);
  if (bench.option("version") == "grpc") {
    std::puts(grpc::Version().c_str());
    return 0;
  }
  for (const std::size_t window : {1, 32, 256}) measure(bench, window);
  std::fflush(stdout);
  std::_Exit(0);
}
