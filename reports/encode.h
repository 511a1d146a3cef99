#pragma once
// How numbers travel inside the report: columns of zigzag varints (usually of differences), in base64 text.
// The page's assets/data.js holds the matching decoder.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wn::reports {

class Column {
 public:
  void put(std::int64_t value);
  // Difference to the value before (the first one to 0); wraps, so any two values are fine.
  void put_delta(std::int64_t value);
  std::string base64() const;
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::uint64_t last_ = 0;
};

std::string base64(const std::vector<std::uint8_t>& bytes);

// Writes JSON text that is also safe inside <script>: '<', '>' and '&' are escaped, bytes that are not UTF-8
// become U+FFFD. Commas are the writer's business; nesting is the caller's.
class JsonText {
 public:
  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);
  void string(std::string_view value);
  void number(std::int64_t value);
  void unsigned_number(std::uint64_t value);
  void real(double value);
  void boolean(bool value);
  void field(std::string_view name, std::string_view value) {
    key(name);
    string(value);
  }
  void field(std::string_view name, const std::string& value) {
    key(name);
    string(value);
  }
  void field(std::string_view name, const char* value) {
    key(name);
    string(value);
  }
  void field(std::string_view name, std::int64_t value) {
    key(name);
    number(value);
  }
  void field(std::string_view name, std::uint64_t value) {
    key(name);
    unsigned_number(value);
  }
  void field(std::string_view name, double value) {
    key(name);
    real(value);
  }
  void field(std::string_view name, bool value) {
    key(name);
    boolean(value);
  }
  const std::string& text() const { return text_; }

 private:
  void open(char c);
  void close(char c);
  void separate();
  std::string text_;
  bool comma_ = false;
};

}  // namespace wn::reports
