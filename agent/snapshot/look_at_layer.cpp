// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/plan_layer.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace envkeep::snapshot {
namespace {

using system::Place;
using system::Status;

// The folders open on the way to where we are: the list is sorted, so that most are asked again.
class FolderStack {
  public:
    FolderStack(const Roots& roots, system::TreeReader& reader) : roots_(roots), reader_(reader) {}

    Result<Status> status(const std::string& path) {
        ENVKEEP_TRY(const Place place, roots_.place_of(path));
        const Place folder = place.parent();
        while (!open_.empty() && !(open_.back().place.root == folder.root &&
                                   folder.path.is_within(open_.back().place.path))) {
            open_.pop_back();
        }
        if (open_.empty() || open_.back().place != folder) {
            ENVKEEP_CHECK(open(folder));
        }
        if (open_.back().folder == nullptr) {
            return Status{};
        }
        Result<Status> status = open_.back().folder->status(std::string(place.path.name()));
        const bool is_absent = !status && status.error().kind == ErrorKind::not_found;
        return is_absent ? Status{} : status;
    }

  private:
    struct Open {
        Place place;
        std::shared_ptr<system::FolderReader> folder;  // none: there is no such folder
    };

    Result<void> open(const Place& place) {
        const bool is_in_missing = !open_.empty() && open_.back().folder == nullptr;
        if (is_in_missing) {
            open_.push_back({.place = place, .folder = nullptr});
            return {};
        }
        Result<std::shared_ptr<system::FolderReader>> folder = reader_.read_folder(place);
        if (!folder && folder.error().kind != ErrorKind::not_found &&
            folder.error().kind != ErrorKind::unsafe_path) {
            return tl::unexpected(std::move(folder).error());
        }
        open_.push_back({.place = place, .folder = folder ? *std::move(folder) : nullptr});
        return {};
    }

    const Roots& roots_;
    system::TreeReader& reader_;
    std::vector<Open> open_;
};

// Hands out runs of a list to threads; each looks at its run in order.
template <typename Item>
class Look {
  public:
    Look(const std::vector<Item>& items, const Roots& roots, system::TreeReader& reader)
        : items_(items), roots_(roots), reader_(reader), found_(items.size()) {}

    std::vector<Status> run(unsigned threads, std::vector<Unseen>& unseen) {
        std::vector<std::thread> others;
        try {
            while (others.size() + 1 < threads && others.size() * run_length < items_.size()) {
                others.emplace_back([this] { work(); });
            }
        } catch (const std::system_error&) {
            // The container allows no more: those that there are do it.
        }
        work();
        for (std::thread& other : others) {
            other.join();
        }
        std::ranges::move(unseen_, std::back_inserter(unseen));
        return std::move(found_);
    }

  private:
    static constexpr std::size_t run_length = 2048;

    void work() {
        while (true) {
            const std::size_t begin = next_.fetch_add(run_length);
            if (begin >= items_.size()) {
                return;
            }
            FolderStack folders(roots_, reader_);
            for (std::size_t i = begin; i < std::min(begin + run_length, items_.size()); ++i) {
                Result<Status> status = folders.status(items_[i].path);
                if (status) {
                    found_[i] = *std::move(status);
                } else {
                    const std::lock_guard lock(mutex_);
                    unseen_.push_back({.path = items_[i].path, .why = status.error().message});
                }
            }
        }
    }

    const std::vector<Item>& items_;
    const Roots& roots_;
    system::TreeReader& reader_;
    std::vector<Status> found_;
    std::atomic<std::size_t> next_ = 0;
    std::mutex mutex_;
    std::vector<Unseen> unseen_;
};

}  // namespace

LayerSeen look_at_layer(const Layer& layer,
                        const Roots& roots,
                        system::TreeReader& reader,
                        unsigned threads) {
    LayerSeen seen;
    seen.entries = Look(layer.entries, roots, reader).run(threads, seen.unseen);
    seen.deletions = Look(layer.deletions, roots, reader).run(threads, seen.unseen);
    std::ranges::stable_sort(seen.unseen, comes_before, &Unseen::path);
    return seen;
}

}  // namespace envkeep::snapshot
