// The switch itself: Boost.Context's fcontext, told to AddressSanitizer. A fiber is entered by the scheduler
// and leaves to it; fibers never enter each other.
#include "runtime/actor/rules.h"

#if defined(__SANITIZE_ADDRESS__)
#define WN_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WN_ASAN 1
#endif
#endif

#ifdef WN_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

namespace wn::actor {

namespace {

namespace context = boost::context::detail;

// Before a jump: what is left goes to *save (nullptr: it will not come back), what is entered is that stack.
inline void before_switch([[maybe_unused]] void** save, [[maybe_unused]] const void* bottom,
                          [[maybe_unused]] std::size_t bytes) {
#ifdef WN_ASAN
  __sanitizer_start_switch_fiber(save, bottom, bytes);
#endif
}
// After a jump, on the new stack: what was saved for it; where the old one was.
inline void after_switch([[maybe_unused]] void* saved, [[maybe_unused]] const void** bottom,
                         [[maybe_unused]] std::size_t* bytes) {
#ifdef WN_ASAN
  __sanitizer_finish_switch_fiber(saved, bottom, bytes);
#endif
}

void run_job(State& s, Fiber& f) {
  Actor& a = s.actors[f.actor];
  Context job = ContextAccess::make(s, f.actor, f.node);
  if (f.node != kNone) {
    f.outcome = a.behaviour->on_message(job, s.messages[f.node]);
  } else {
    f.outcome = f.restarting ? a.behaviour->on_restart(job) : a.behaviour->on_start(job);
  }
}

// The bottom frame of every fiber: one job after the other, a trip to the scheduler between them.
void fiber_main(context::transfer_t from) {
  State& s = *static_cast<State*>(from.data);
  s.scheduler = from.fctx;
  after_switch(nullptr, &s.scheduler_stack, &s.scheduler_stack_bytes);
  Fiber& f = s.fibers[s.fiber_now];
  while (!f.quit) {
    run_job(s, f);
    f.phase = Phase::pooled;
    leave(s, f);
  }
  before_switch(nullptr, s.scheduler_stack, s.scheduler_stack_bytes);
  context::jump_fcontext(s.scheduler, nullptr);
}

void jump_in(State& s, std::uint32_t fiber) {
  Fiber& f = s.fibers[fiber];
  WN_CHECK(s.fiber_now == kNone);
  s.fiber_now = fiber;
  before_switch(&s.scheduler_fake_stack, f.stack.bottom, f.stack.bytes);
  const context::transfer_t back = context::jump_fcontext(f.context, &s);
  after_switch(s.scheduler_fake_stack, nullptr, nullptr);
  f.context = back.fctx;
  s.fiber_now = kNone;
  // Nothing after an overflow can be trusted.
  if (!f.stack.guarded) WN_CHECK(canary_holds(f.stack));
}

}  // namespace

void enter(State& s, std::uint32_t fiber) {
  Fiber& f = s.fibers[fiber];
  if (f.phase == Phase::unborn) {
    put_canary(f.stack);
    f.context = context::make_fcontext(f.stack.bottom + f.stack.bytes, f.stack.bytes, fiber_main);
  }
  f.phase = Phase::running;
  jump_in(s, fiber);
}

void leave(State& s, Fiber& f) {
  before_switch(&f.fake_stack, s.scheduler_stack, s.scheduler_stack_bytes);
  const context::transfer_t from = context::jump_fcontext(s.scheduler, nullptr);
  after_switch(f.fake_stack, &s.scheduler_stack, &s.scheduler_stack_bytes);
  s.scheduler = from.fctx;
}

void quit_fibers(State& s) {
  for (std::uint32_t fiber = 0; fiber < s.fibers.size(); ++fiber) {
    Fiber& f = s.fibers[fiber];
    if (f.phase == Phase::unborn) continue;
    WN_CHECK(f.phase == Phase::pooled);
    f.quit = true;
    jump_in(s, fiber);
    f.phase = Phase::unborn;
  }
}

}  // namespace wn::actor
