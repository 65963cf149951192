// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/collect.hpp"
#include "envkeep/system/temporary_name.hpp"
#include "snapshot/pack_reader.hpp"
#include "snapshot/snapshot_record.hpp"
#include "snapshot/store_names.hpp"
#include "snapshot/tar.hpp"

#include <fmt/format.h>

#include <unordered_set>
#include <utility>

namespace envkeep::snapshot {
namespace {

constexpr std::string_view clock_file = "clock";
constexpr std::uint64_t usual_header = 3 * tar_block;  // of a member with a pax record

std::string path_in(std::string_view folder, std::string_view name) {
    return fmt::format("{}/{}", folder, name);
}

class StockTaker {
  public:
    explicit StockTaker(const Shelf& shelf) : shelf_(shelf) {}

    Result<Stock> take(const SnapshotList& list, const std::set<std::string>& kept) {
        ENVKEEP_TRY(stock_.now, now());
        ENVKEEP_CHECK(list_folders());
        find_young(list);
        for (const Snapshot& snapshot : list.snapshots) {
            if (kept.contains(snapshot.id) || stock_.young.contains(snapshot.id)) {
                use(snapshot);
            }
        }
        for (const StoredFile& file : stock_.records) {
            if (kept.contains(id_of(file)) || is_young(file)) {
                use_record(file);
            }
        }
        use_young_layers();
        return std::move(stock_);
    }

  private:
    // The store's own clock: a server's may differ from ours.
    Result<WallTime> now() {
        const system::Place trash = shelf_.store.place(store::names::trash);
        const system::Place clock = trash.child(clock_file);
        const Result<void> written = shelf_.writer->make_folders(trash, 0700).and_then([&] {
            return shelf_.writer->overwrite_own_file(clock, "", 0600);
        });
        if (!written && written.error().kind == ErrorKind::no_space) {
            return time_of_a_change(written.error());
        }
        ENVKEEP_CHECK(written);
        ENVKEEP_TRY(const system::Status status, shelf_.files.status(clock));
        return status.modified;
    }

    // A full store takes no file, but tells when a mode was set.
    Result<WallTime> time_of_a_change(const Error& full) {
        const system::Place folder = shelf_.store.place(store::names::snapshots);
        ENVKEEP_TRY(const system::Status before, shelf_.files.status(folder));
        if (shelf_.writer->set_mode(folder, before, before.mode)) {
            ENVKEEP_TRY(const system::Status after, shelf_.files.status(folder));
            if (after.changed > before.changed) {
                return after.changed;
            }
        }
        return tl::unexpected(full);
    }

    Result<void> list_folders() {
        ENVKEEP_CHECK(list_folder(store::names::packs, &stock_.packs, [](std::string_view name) {
            return digest_before(name, pack_suffix).has_value();
        }));
        ENVKEEP_CHECK(
            list_folder(store::names::manifests, &stock_.manifests, [](std::string_view name) {
                return digest_before(name, layer_suffix) || digest_before(name, lock_suffix);
            }));
        ENVKEEP_CHECK(
            list_folder(store::names::snapshots, &stock_.records, [](std::string_view name) {
                return is_plain_name(name) && name.ends_with(record_suffix);
            }));
        ENVKEEP_CHECK(list_folder(store::names::trash, &stock_.trash, [](std::string_view name) {
            return time_of_trash(name).has_value();
        }));
        const auto none = [](std::string_view) { return false; };
        ENVKEEP_CHECK(list_folder(store::names::images, nullptr, none));
        ENVKEEP_CHECK(list_folder(path_in(store::names::packages, "apt"), nullptr, none));
        ENVKEEP_TRY(const auto profiles, entries_of(store::names::refs));
        for (const system::Entry& profile : profiles) {
            if (is_plain_name(profile.name)) {
                ENVKEEP_CHECK(
                    list_folder(path_in(store::names::refs, profile.name),
                                &stock_.refs,
                                [](std::string_view name) { return number_of_ref(name) > 0; }));
            }
        }
        return {};
    }

    // A record that another session just wrote, or a ref that it wrote to an older one.
    void find_young(const SnapshotList& list) {
        std::set<std::string> young;
        for (const StoredFile& ref : stock_.refs) {
            if (is_young(ref)) {
                young.insert(ref.path);
            }
        }
        for (const Ref& ref : list.refs) {
            if (young.contains(path_of(ref))) {
                stock_.young.insert(ref.snapshot);
            }
        }
        for (const StoredFile& record : stock_.records) {
            if (is_young(record)) {
                stock_.young.insert(id_of(record));
            }
        }
    }

    Result<std::vector<system::Entry>> entries_of(std::string_view folder) {
        auto found = shelf_.files.list(shelf_.store.place(folder));
        if (!found && found.error().kind == ErrorKind::not_found) {
            return std::vector<system::Entry>{};
        }
        return found;
    }

    template <typename IsOurs>
    Result<void> list_folder(std::string_view folder,
                             std::vector<StoredFile>* ours,
                             const IsOurs& is_ours) {
        ENVKEEP_TRY(const auto entries, entries_of(folder));
        for (const system::Entry& entry : entries) {
            const bool is_temporary = system::is_temporary_name(entry.name);
            if (!is_temporary && !is_ours(entry.name)) {
                continue;
            }
            const std::string path = path_in(folder, entry.name);
            ENVKEEP_TRY(const system::Status status, shelf_.files.status(shelf_.store.place(path)));
            if (status.kind == system::Kind::file) {
                (is_temporary ? stock_.temporaries : *ours)
                    .push_back({.path = path, .bytes = status.size, .modified = status.modified});
            }
        }
        return {};
    }

    void use(const Snapshot& snapshot) {
        stock_.used.insert(
            path_in(store::names::snapshots, fmt::format("{}{}", snapshot.id, record_suffix)));
        stock_.used.insert(
            path_in(store::names::manifests, fmt::format("{}{}", snapshot.lock, lock_suffix)));
        use_layer(snapshot.layer);
    }

    void use_layer(const std::string& name) {
        const std::string path =
            path_in(store::names::manifests, fmt::format("{}{}", name, layer_suffix));
        if (!stock_.used.insert(path).second) {
            return;
        }
        const auto layer = load_layer(shelf_, name);
        if (!layer) {
            stock_.problems.push_back(fmt::format("{}: {}", path, layer.error().message));
            return;
        }
        std::vector<Counted*> packs;
        for (const std::string& pack : layer->packs) {
            packs.push_back(&use_pack(pack));
        }
        for (const Entry& entry : layer->entries) {
            if (entry.size > 0) {
                count(entry, *packs[entry.location.pack]);
            }
        }
    }

    // The bytes that several layers or entries name count once.
    struct Counted {
        PackUse* use = nullptr;
        std::unordered_set<std::uint64_t> spots;
    };

    static void count(const Entry& entry, Counted& pack) {
        constexpr unsigned half = 32;
        const std::uint64_t spot =
            (std::uint64_t{entry.location.frame} << half) | entry.location.offset;
        if (pack.spots.insert(spot).second) {
            pack.use->live += entry.size + tar_padding(entry.size) + usual_header;
        }
    }

    Counted& use_pack(const std::string& name) {
        Counted& counted = counted_[name];
        if (counted.use != nullptr) {
            return counted;
        }
        counted.use = &stock_.packs_in_use[name];
        stock_.used.insert(path_in(store::names::packs, fmt::format("{}{}", name, pack_suffix)));
        // One that cannot be read stays, as all that is named does.
        const auto pack =
            PackReader::open(shelf_.store.place(store::names::packs), name, shelf_.reader);
        if (pack) {
            for (const PackFrame& frame : pack->index().frames) {
                counted.use->total += frame.plain;
            }
        }
        return counted;
    }

    static std::string id_of(const StoredFile& record) {
        std::string_view name = record.path;
        name.remove_prefix(store::names::snapshots.size() + 1);
        name.remove_suffix(record_suffix.size());
        return std::string(name);
    }

    // One that no ref names, and maybe soon does.
    void use_record(const StoredFile& file) {
        if (stock_.used.contains(file.path)) {
            return;
        }
        const auto record = read_record(shelf_, id_of(file));
        if (record) {
            use(*record);
        } else {
            stock_.problems.push_back(record.error().message);
        }
    }

    void use_young_layers() {
        for (const StoredFile& file : stock_.manifests) {
            const auto layer = digest_before(
                std::string_view(file.path).substr(store::names::manifests.size() + 1),
                layer_suffix);
            if (layer && is_young(file)) {
                use_layer(*layer);
            }
        }
    }

    [[nodiscard]] bool is_young(const StoredFile& file) const {
        return file.modified > stock_.now - grace;
    }

    const Shelf& shelf_;
    Stock stock_;
    std::map<std::string, Counted> counted_;  // by the names of packs
};

}  // namespace

Result<Stock> take_stock(const Shelf& shelf,
                         const SnapshotList& list,
                         const std::set<std::string>& kept) {
    return StockTaker(shelf).take(list, kept);
}

}  // namespace envkeep::snapshot
