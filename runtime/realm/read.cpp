// What clients read.
#include <algorithm>

#include "runtime/realm/rules.h"
#include "runtime/tree/query.h"

namespace wn::realm {
namespace {

Reply refuse(Reply reply, Errc error) {
  reply.code = error == Errc::overloaded ? ReplyCode::overloaded : ReplyCode::refused;
  reply.error = error;
  return reply;
}

Reply read_property(State& s, const Request& r, Reply reply, Effects& effects) {
  // Those in the trash too: nothing is lost by deleting.
  if (r.worknode != kRealmRoot && !s.tree.contains(r.worknode))
    return refuse(std::move(reply), Errc::not_found);
  const Result<bool> found = s.properties.read(r, s.versions, reply.items);
  if (!found) return refuse(std::move(reply), found.error().code);
  reply.found = *found;
  if (*found && r.property == Property::title && s.versions.lensed(r.schema_version, "title"))
    effects.sometimes.push_back("realm: read through a lens");
  if (reply.items.size() > kReplyItemsMax) {
    reply.items.clear();
    return refuse(std::move(reply), Errc::too_large);
  }
  return reply;
}

Reply read_descendants(State& s, const Request& r, Reply reply) {
  tree::QueryLimits limits;
  limits.max_results = std::clamp<std::uint32_t>(r.limit, 1, at_most_u32(s.options.limits.max_results));
  limits.visits_max = at_most_u32(s.options.limits.query_visits_max);
  tree::CallBudget budget(1);
  tree::Query query(s.tree, limits, s.memory);
  tree::Answer answer(s.memory);
  if (const auto done = query.descendants(budget, r.worknode, {}, {}, answer); !done) {
    return refuse(std::move(reply), done.error().code);
  }
  reply.found = true;
  reply.more = static_cast<bool>(answer.next);
  for (const tree::Row& row : answer.rows) reply.items.push_back(static_cast<std::int64_t>(row.node.low));
  return reply;
}

}  // namespace

Reply read(State& s, const Request& r, Effects& effects) {
  Reply reply;
  reply.operation = r.operation;
  reply.attempt = r.attempt;
  if (r.function == Function::query) return read_descendants(s, r, std::move(reply));
  if (r.function == Function::get) return read_property(s, r, std::move(reply), effects);
  return refuse(std::move(reply), Errc::unsupported);  // call and crash are the handler's work
}

}  // namespace wn::realm
