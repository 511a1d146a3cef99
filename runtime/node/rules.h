#pragma once
// The functions that work on State, by concern; one .cpp file each. Internal to the room.
#include "runtime/node/state.h"

namespace wn::node {

// ---- drive.cpp: the core and its effects
// One step of the core and all of its effects. REQUIRES serving.
void step(State& s, const raft::Input& input);
void receive_raft(State& s, NodeId from, const Bytes& frame, const wire::FrameView& view);
void send_frame(State& s, NodeId to, std::uint8_t type, Bytes frame);
// Sends now what may go now, and keeps the rest until the disk has caught up.
void send_or_hold(State& s, std::uint64_t wait_for, const raft::Message& message);
void release_held(State& s);
void arm_timer(State& s);

// ---- durable.cpp: the store and the disk
void begin_recovery(State& s);
void submit_planned(State& s);
void on_disk(State& s, DiskCompletion completion);
// Handles what the store has reported, until it has nothing more to say.
void settle(State& s);
// The node stops serving for good.
void fail_stop(State& s, Errc reason);

// ---- snapshots.cpp
void start_chunk_read(State& s, const raft::Outgoing& out);
void finish_chunk_read(State& s, const store::Event& event);
void take_chunks(State& s);
void install_snapshot(State& s, const store::Event& event);
void snapshot_if_due(State& s);
void finish_saving(State& s, const store::Event& event);

// ---- service.cpp: clients
void receive_request(State& s, NodeId from, const Bytes& frame, const wire::FrameView& view);
void reply(State& s, const Caller& caller, kv::ReplyCode code, kv::Reply answer = {});
// Proposes what is queued, when the disk is idle, the batch is full, or `now_or_never`.
void propose_queued(State& s, bool now_or_never);
void on_refusals(State& s);
void on_reads_ready(State& s);
void on_completed(State& s);
// This node no longer leads: nobody's proposal is known to have failed or to have taken effect.
void abandon_clients(State& s);

// ---- apply.cpp
void apply_committed(State& s);
void answer_ready_reads(State& s);

// ---- inspect.cpp
void inspect(const State& s, Inspector& to);

}  // namespace wn::node
