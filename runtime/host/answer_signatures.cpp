#include "runtime/host/answer_signatures.h"

#include <algorithm>

namespace wn::host {

Bytes AnswerSignatures::sign(ByteView bytes) {
  const capability::Signature signature = key_.sign(bytes);
  return Bytes::copy_of(ByteView(signature.bytes));
}

bool AnswerSignatures::verify(NodeId signer, ByteView bytes, ByteView signature) {
  const auto member = std::ranges::lower_bound(members_, signer, {}, [](const auto& m) { return m.first; });
  capability::Signature given;
  if (member == members_.end() || member->first != signer || signature.size() != given.bytes.size())
    return false;
  std::ranges::copy(signature, given.bytes.begin());
  return capability::verifies(member->second, bytes, given);
}

}  // namespace wn::host
