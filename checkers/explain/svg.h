#pragma once
// A sheet of SVG that grows downwards. Coordinates are whole pixels, except on circles: tenths.
#include <cstdint>
#include <string>
#include <string_view>

namespace wn::checkers::explain_room {

std::string escaped(std::string_view text);  // for SVG and HTML; control characters become spaces

class Sheet {
 public:
  void text(std::int64_t x, std::int64_t y, std::string_view words, std::string_view css_class = "t");
  void bar(std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height,
           std::string_view css_class, std::string_view hint);
  void line(std::int64_t x1, std::int64_t y1, std::int64_t x2, std::int64_t y2, std::string_view css_class);
  void raw(std::string_view element) { body_ += element; }
  std::string finish() const;  // the whole document

 private:
  void reach(std::int64_t x, std::int64_t y);
  std::string body_;
  std::int64_t width_ = 320, height_ = 40;
};

}  // namespace wn::checkers::explain_room
