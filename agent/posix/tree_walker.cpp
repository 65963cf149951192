// SPDX-License-Identifier: MIT
#include "envkeep/posix/tree_walker.hpp"

#include "envkeep/core/text.hpp"
#include "posix/error.hpp"
#include "posix/names.hpp"
#include "posix/status_at.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <cerrno>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace envkeep::posix {
namespace {

constexpr std::size_t buffer_size = std::size_t{32} << 10U;
// A thread costs about what it takes to look at a few hundred entries.
constexpr std::size_t large_tree = 1000;

// An open folder; it closes when the last task that needs it is done.
struct OpenFolder {
    Fd fd;
    RelPath below;
};

using SharedFolder = std::shared_ptr<const OpenFolder>;

// Either a folder to open (`name` in `above`), or names of `above` to look at.
struct Task {
    SharedFolder above;
    std::string name;
    std::vector<std::byte> names;
};

// Last in, first out: so only the folders on the way down are open, however large the tree is.
class TaskStack {
  public:
    void push(Task task) {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
        changed_.notify_one();
    }

    // Blocks until there is a task; false once all are done.
    [[nodiscard]] bool pop(Task& task) {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.wait(lock, [&] { return !tasks_.empty() || waiting_ == workers_; });
        if (tasks_.empty()) {
            changed_.notify_all();
            return false;
        }
        --waiting_;
        task = std::move(tasks_.back());
        tasks_.pop_back();
        return true;
    }

    [[nodiscard]] bool has_idle_worker() {
        const std::lock_guard lock(mutex_);
        return waiting_ > tasks_.size();
    }

    // Each worker says so before its first pop.
    void add_worker() {
        const std::lock_guard lock(mutex_);
        ++workers_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Task> tasks_;
    std::size_t waiting_ = 0;
    std::size_t workers_ = 0;
};

class Walk {
  public:
    Walk(std::string shown,
         std::uint64_t device,
         const std::function<bool(const system::WalkEntry&)>& visit)
        : shown_(std::move(shown)), device_(device), visit_(visit) {}

    // From the calling thread, and from others that it starts on the way.
    std::vector<system::WalkError> run_from(SharedFolder top, unsigned threads) {
        tasks_.push({.above = std::move(top), .name = ".", .names = {}});
        tasks_.add_worker();
        std::vector<std::thread> others;
        std::size_t looked_at = 0;
        work([&](std::size_t more) {
            looked_at += more;
            if (looked_at >= large_tree && threads > 1) {
                others = start_threads(std::exchange(threads, 1U) - 1, [this] {
                    tasks_.add_worker();
                    work([](std::size_t) {});
                });
            }
        });
        for (std::thread& other : others) {
            other.join();
        }
        return std::move(errors_);
    }

  private:
    using Progress = std::function<void(std::size_t)>;

    static std::vector<std::thread> start_threads(unsigned wanted,
                                                  const std::function<void()>& work) {
        std::vector<std::thread> started;
        try {
            while (started.size() < wanted) {
                started.emplace_back(work);
            }
        } catch (const std::system_error&) {
            return started;  // the container allows no more
        }
        return started;
    }

    void work(const Progress& progress) {
        std::vector<std::byte> buffer(buffer_size);
        Task task;
        while (tasks_.pop(task)) {
            if (task.names.empty()) {
                read_folder(task, buffer, progress);
            } else {
                progress(look_at(task.above, task.names));
            }
            task = {};
        }
    }

    void read_folder(const Task& task, std::vector<std::byte>& buffer, const Progress& progress) {
        SharedFolder folder = open(task);
        if (folder == nullptr) {
            return;
        }
        while (true) {
            const std::ptrdiff_t filled = read_names(folder->fd.get(), buffer);
            if (filled < 0) {
                add_error("cannot list ", folder->below);
            }
            if (filled <= 0) {
                return;
            }
            const auto names = std::span(buffer).first(static_cast<std::size_t>(filled));
            // A large flat folder is shared out too; what is little is done at once.
            if (names.size() > buffer.size() / 2 && tasks_.has_idle_worker()) {
                tasks_.push({.above = folder, .name = {}, .names = {names.begin(), names.end()}});
            } else {
                progress(look_at(folder, names));
            }
        }
    }

    [[nodiscard]] SharedFolder open(const Task& task) {
        constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        const bool is_top = task.name == ".";
        RelPath below = is_top ? task.above->below : task.above->below.child(task.name);
        Fd fd(::openat(task.above->fd.get(), task.name.c_str(), flags));
        if (!fd.is_open()) {
            // Gone or replaced since it was listed: no fault, and no longer what was to be walked.
            if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {
                add_error("cannot open folder ", below);
            }
            return nullptr;
        }
        return std::make_shared<const OpenFolder>(
            OpenFolder{.fd = std::move(fd), .below = std::move(below)});
    }

    // How many there were.
    std::size_t look_at(const SharedFolder& folder, std::span<const std::byte> names) {
        std::size_t count = 0;
        for_each_name(names, [&](const ListedName& listed) {
            look_at_one(folder, listed);
            ++count;
        });
        return count;
    }

    void look_at_one(const SharedFolder& folder, const ListedName& listed) {
        const RelPath below = folder->below.child(listed.name);
        auto found = status_at(folder->fd.get(), listed.name);
        if (!found) {
            if (errno != ENOENT) {
                add_error("cannot look at ", below);
            }
            return;
        }
        system::Status& status = found->status;
        // An overlay shows the devices of its layers; only an old kernel does not say what is
        // mounted.
        if (!found->knows_mounts) {
            status.is_mount_point = status.device != device_;
        }
        const bool is_wanted = visit_({.below = below, .status = status});
        if (is_wanted && status.kind == system::Kind::folder && !status.is_mount_point) {
            tasks_.push({.above = folder, .name = listed.name, .names = {}});
        }
    }

    void add_error(const char* what, const RelPath& below) {
        const int code = errno;
        const std::string path = below.is_root() ? shown_ : shown_ + "/" + below.text();
        const std::lock_guard lock(errors_mutex_);
        errors_.push_back({.below = below, .error = error_of(code, what + quoted(path))});
    }

    std::string shown_;
    std::uint64_t device_;
    const std::function<bool(const system::WalkEntry&)>& visit_;
    TaskStack tasks_;
    std::mutex errors_mutex_;
    std::vector<system::WalkError> errors_;
};

}  // namespace

std::vector<system::WalkError> TreeWalker::walk(
    const system::Place& place,
    unsigned threads,
    const std::function<bool(const system::WalkEntry&)>& visit) {
    const RelPath top;
    const auto status = files_.status(place);
    if (!status) {
        return {{.below = top, .error = status.error()}};
    }
    if (status->kind == system::Kind::absent) {
        return {{.below = top,
                 .error = {.kind = ErrorKind::not_found,
                           .message = "nothing is at " + quoted(files_.absolute(place)),
                           .hint = {}}}};
    }
    if (!visit({.below = top, .status = *status}) || status->kind != system::Kind::folder) {
        return {};
    }
    auto folder = files_.open_folder(place);
    if (!folder) {
        return {{.below = top, .error = std::move(folder).error()}};
    }
    Walk walk(files_.absolute(place), status->device, visit);
    return walk.run_from(
        std::make_shared<const OpenFolder>(OpenFolder{.fd = *std::move(folder), .below = top}),
        threads);
}

}  // namespace envkeep::posix
