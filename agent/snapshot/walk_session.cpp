// SPDX-License-Identifier: MIT
#include "snapshot/walk_session.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace envkeep::snapshot {
namespace {

using system::Kind;

// A disk that is asked for many at once answers much sooner than for one after the other.
constexpr unsigned least_threads = 8;

// Collects from several threads at once. What the image brought is passed over without a lock.
class Collector {
  public:
    Collector(const Scope& scope, WallTime session_began)
        : scope_(scope), changed_since_(session_began) {}

    // Whether to go into it, if it is a folder.
    bool see(std::string path, const system::Status& status) {
        const bool is_changed = status.changed >= changed_since_;
        if (!is_changed && status.kind != Kind::folder) {
            return false;
        }
        const Omission why =
            status.is_mount_point ? Omission::mount : scope_.omission_of(path, status.kind);
        if (is_changed) {
            const std::lock_guard lock(mutex_);
            if (why == Omission::none) {
                walk_.changed.push_back({.path = std::move(path), .status = status});
            } else {
                walk_.left_out.push_back({.path = std::move(path), .why = why});
            }
        }
        return why == Omission::none;
    }

    void miss(std::string path, Error error) {
        walk_.unseen.push_back(std::move(path));
        walk_.errors.push_back(std::move(error));
    }

    SessionWalk take() {
        std::ranges::sort(walk_.changed, comes_before, &SeenPath::path);
        std::ranges::sort(walk_.left_out, comes_before, &LeftOut::path);
        return std::move(walk_);
    }

  private:
    const Scope& scope_;
    WallTime changed_since_;
    std::mutex mutex_;
    SessionWalk walk_;
};

}  // namespace

Result<SessionWalk> walk_session(const Scope& scope,
                                 WallTime session_began,
                                 const Roots& roots,
                                 const CaptureTools& tools) {
    Collector collector(scope, session_began);
    for (const std::string& root : scope.roots) {
        ENVKEEP_TRY(const system::Place place, roots.place_of(root));
        Result<system::Status> status = tools.files.status(place);
        if (!status) {
            collector.miss(root, std::move(status).error());
            continue;
        }
        // In merged systems /bin, /lib and the like are links into /usr.
        if (status->kind != Kind::folder || status->is_mount_point) {
            continue;
        }
        const auto path_of = [&](const RelPath& below) {
            return below.is_root() ? root : root + '/' + below.text();
        };
        std::vector<system::WalkError> met = tools.walker.walk(
            place, std::max(tools.threads, least_threads), [&](const system::WalkEntry& entry) {
                return collector.see(path_of(entry.below), entry.status);
            });
        for (system::WalkError& one : met) {
            collector.miss(path_of(one.below), std::move(one.error));
        }
    }
    return collector.take();
}

}  // namespace envkeep::snapshot
