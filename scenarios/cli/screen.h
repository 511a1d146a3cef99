#pragma once
// A region of lines at the bottom of a terminal that replaces itself in place: plain ANSI, one write a
// drawing (so that nothing flickers), the cursor hidden meanwhile. A signal that ends the program (Ctrl-C)
// shows the cursor again first. Thread rule: one Screen a process, on one thread.
#include <string>
#include <vector>

namespace wn::scenarios {

struct ScreenSize {
  unsigned columns = 80;
  unsigned rows = 24;
};

class Screen {
 public:
  explicit Screen(int fd) : fd_(fd) {}
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen() { clear(); }

  // The terminal's, asked anew each time; the stock size where it does not say.
  ScreenSize size() const;
  void draw(const std::vector<std::string>& lines);
  // Takes the region away; what is printed next stands where it began.
  void clear();
  bool shown() const { return !widths_.empty(); }

 private:
  void write(const std::string& text) const;
  int fd_;
  std::vector<std::size_t> widths_;  // cells of the lines that stand there
};

// The bytes that replace a region whose lines had these widths by `lines`, on a terminal of so many columns.
// Pure.
std::string redraw_bytes(const std::vector<std::size_t>& widths, const std::vector<std::string>& lines,
                         unsigned columns);

}  // namespace wn::scenarios
