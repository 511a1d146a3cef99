#pragma once
// A small disk for this room's tests, a value: files with a page cache and what of it is durable, crashes
// that lose what was not synced in part. Operations wait in a queue for each file and take effect one by one.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "runtime/backend/disk.h"
#include "runtime/base/random.h"

namespace wn::host {

enum class Loss : std::uint8_t {
  killed,   // the page cache survives
  all,      // power: whatever was not synced is gone
  nothing,  // power: all of it had got through
  prefix,   // power: a prefix of the operations got through, the last of them torn at a sector border
  sectors,  // power: each sector of each write, and each change of a name, for itself
};
inline constexpr Loss kEveryLoss[] = {Loss::killed, Loss::all, Loss::nothing, Loss::prefix, Loss::sectors};

class TestDisk {
 public:
  bool lies_about_names = false;  // sync_directory does nothing
  bool lies_about_data = false;   // sync does nothing

  void submit(DiskRequest request) { queue_.push_back(std::move(request)); }
  bool idle() const { return queue_.empty(); }
  const DiskRequest& next() const { return queue_.front(); }
  std::size_t files() const { return names_.size(); }
  bool holds(const std::string& name) const { return names_.contains(name); }

  // Carries out one operation that may come next: of some file, the first.
  DiskCompletion step(std::uint64_t which) {
    std::vector<std::size_t> heads;
    for (std::size_t i = 0; i < queue_.size(); ++i) {
      const bool later = std::any_of(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(i),
                                     [&](const DiskRequest& r) { return r.file == queue_[i].file; });
      if (!later) heads.push_back(i);
    }
    const auto at = queue_.begin() + static_cast<std::ptrdiff_t>(heads[which % heads.size()]);
    const DiskRequest request = std::move(*at);
    queue_.erase(at);
    return carry_out(request);
  }
  // The next operation fails; a write has taken effect in part.
  DiskCompletion fail_next(Errc error) {
    DiskRequest request = std::move(queue_.front());
    queue_.pop_front();
    if (request.operation == DiskOperation::write) {
      request.data = request.data.slice(0, request.data.size() / 2);
      carry_out(request);
    }
    return {
        .ticket = request.ticket, .operation = request.operation, .error = error, .data = {}, .entries = {}};
  }

  void crash(Loss loss, std::uint64_t seed) {
    queue_.clear();
    if (loss == Loss::killed) return;
    Draw draw = Random(seed).at("test.disk", 0, 0);
    for (auto& [inode, file] : inodes_) file.settle(loss, draw);
    std::size_t keep = loss == Loss::nothing ? changes_.size() : 0;
    if (loss == Loss::prefix) keep = draw.below(changes_.size() + 1);
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      if (loss == Loss::sectors ? draw.below(2) == 0 : i < keep) apply(changes_[i], durable_names_);
    }
    changes_.clear();
    names_ = durable_names_;
  }

 private:
  struct Change {  // of a file's content; not a write: a truncation
    bool is_write = false;
    std::uint64_t at = 0;
    std::string data;
  };
  struct Name {
    std::string name;
    std::uint64_t inode = 0;  // 0: removed
  };
  struct File {
    std::string cached;
    std::string durable;
    std::vector<Change> unsynced;

    static void write(std::string& content, std::uint64_t at, std::string_view data) {
      if (content.size() < at + data.size()) content.resize(at + data.size());
      content.replace(at, data.size(), data);
    }
    static void apply(const Change& change, std::string& content) {
      change.is_write ? write(content, change.at, change.data) : content.resize(change.at);
    }
    void settle(Loss loss, Draw& draw) {
      std::size_t keep = loss == Loss::nothing ? unsynced.size() : 0;
      if (loss == Loss::prefix) keep = draw.below(unsynced.size() + 1);
      for (std::size_t i = 0; i < unsynced.size(); ++i) {
        const Change& change = unsynced[i];
        const std::string_view data = change.data;
        // Sector by sector of the file, not of the write.
        const auto sectors = [&](auto&& wanted) {
          for (std::uint64_t at = 0; at < data.size();) {
            const std::uint64_t part =
                std::min<std::uint64_t>(kSectorBytes - (change.at + at) % kSectorBytes, data.size() - at);
            if (wanted()) write(durable, change.at + at, data.substr(at, part));
            at += part;
          }
        };
        if (i < keep) {
          apply(change, durable);
        } else if (loss == Loss::prefix && i == keep && change.is_write) {
          std::uint64_t left = draw.below(data.size() / kSectorBytes + 2);
          sectors([&] { return left > 0 && left-- > 0; });
        } else if (loss == Loss::sectors) {
          if (change.is_write) sectors([&] { return draw.below(2) == 0; });
          if (!change.is_write && draw.below(2) == 0) apply(change, durable);
        }
      }
      unsynced.clear();
      cached = durable;
    }
  };

  static void apply(const Name& change, std::map<std::string, std::uint64_t>& names) {
    if (change.inode == 0) {
      names.erase(change.name);
    } else {
      names[change.name] = change.inode;
    }
  }
  void change_name(Name change) {
    apply(change, names_);
    changes_.push_back(std::move(change));
  }

  DiskCompletion carry_out(const DiskRequest& r) {
    DiskCompletion done{.ticket = r.ticket, .operation = r.operation, .data = {}, .entries = {}};
    const auto found = names_.find(r.file);
    File* file = found == names_.end() ? nullptr : &inodes_[found->second];
    switch (r.operation) {
      case DiskOperation::list:
        for (const auto& [name, inode] : names_)
          done.entries.push_back({.file = name, .size = inodes_[inode].cached.size()});
        return done;
      case DiskOperation::sync_directory:
        if (lies_about_names) return done;
        durable_names_ = names_;
        changes_.clear();
        return done;
      case DiskOperation::write:
        if (file == nullptr) {
          file = &inodes_[++last_inode_];
          change_name({.name = r.file, .inode = last_inode_});
        }
        file->unsynced.push_back({.is_write = true, .at = r.offset, .data = std::string(r.data.text())});
        File::apply(file->unsynced.back(), file->cached);
        return done;
      default:
        break;
    }
    if (file == nullptr) {
      done.error = Errc::not_found;
    } else if (r.operation == DiskOperation::read) {
      if (r.offset < file->cached.size())
        done.data = Bytes::copy_of(std::string_view(file->cached).substr(r.offset, r.length));
    } else if (r.operation == DiskOperation::truncate) {
      file->unsynced.push_back({.is_write = false, .at = r.length, .data = {}});
      File::apply(file->unsynced.back(), file->cached);
    } else if (r.operation == DiskOperation::remove) {
      change_name({.name = r.file, .inode = 0});
    } else if (r.operation == DiskOperation::sync && !lies_about_data) {
      for (const Change& change : file->unsynced) File::apply(change, file->durable);
      file->unsynced.clear();
    }
    return done;
  }

  std::deque<DiskRequest> queue_;
  std::map<std::string, std::uint64_t> names_;
  std::map<std::string, std::uint64_t> durable_names_;
  std::vector<Name> changes_;  // of names, since the last sync of the directory
  std::map<std::uint64_t, File> inodes_;
  std::uint64_t last_inode_ = 0;
};

}  // namespace wn::host
