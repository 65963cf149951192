// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/write_packs.hpp"

#include "snapshot/handover.hpp"
#include "snapshot/known_bytes.hpp"
#include "snapshot/large_file.hpp"
#include "snapshot/member_batch.hpp"
#include "snapshot/pack_plan.hpp"
#include "snapshot/pack_records.hpp"
#include "snapshot/threads.hpp"
#include "snapshot/turns.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <utility>

namespace envkeep::snapshot {
namespace {

constexpr int rounds = 4;  // a file that changes is read again so often, less one
// More than there are cores: some wait for the disk while the others compress.
constexpr unsigned waiting_threads = 2;
constexpr int fast_level = 1;
constexpr std::size_t sample_size = std::size_t{1} << 20U;

// What one thread compresses with.
class Compressor {
  public:
    explicit Compressor(int level) : thorough_(level), fast_(fast_level) {}

    // `may_be_noise`: what does not shrink is not worth the effort; its beginning tells.
    Result<Bytes> encode(std::span<const std::byte> plain, bool may_be_noise) {
        if (may_be_noise) {
            const auto sample = plain.first(std::min(sample_size, plain.size()));
            ENVKEEP_TRY(const Bytes packed, fast_.encode(sample));
            if (packed.size() >= sample.size()) {
                return fast_.encode(plain);
            }
        }
        return thorough_.encode(plain);
    }

  private:
    FrameEncoder thorough_;
    FrameEncoder fast_;
};

// One pass over an order, by several threads: each takes the next unit, reads and compresses it,
// and hands it over.
class Round {
  public:
    Round(PackRecords& records,
          KnownBytes& known,
          const Roots& roots,
          system::TreeReader& reader,
          const PackOptions& options)
        : records_(records),
          known_(known),
          roots_(roots),
          reader_(reader),
          options_(options),
          handover_((2 * std::size_t{options.threads}) + waiting_threads + 1) {}

    Result<void> run(const std::vector<std::size_t>& order, int number) {
        order_ = &order;
        is_last_ = number == rounds;
        units_ = plan_units(records_.entries(), order, number == 1 ? &known_.sizes() : nullptr);
        for (const PackUnit& unit : units_) {
            if (unit.kind == PackUnit::Kind::part && unit.part == 0) {
                const std::size_t entry = order[unit.first];
                large_.try_emplace(
                    unit.first, entry, records_.entries()[entry], unit.parts, is_last_);
            }
        }
        const unsigned more = options_.threads > 1 ? waiting_threads : 0;
        const auto wanted = std::min<std::size_t>(options_.threads + more, units_.size());
        run_on_threads(static_cast<unsigned>(wanted), [this] { work(); });
        auto error = handover_.error();
        return error ? tl::unexpected(*std::move(error)) : Result<void>{};
    }

  private:
    struct Worker {
        SourceFiles files;
        Compressor compressor;
    };

    void work() {
        Worker worker{.files = {roots_, reader_}, .compressor = Compressor(options_.level)};
        bool goes_on = true;
        while (goes_on) {
            const std::size_t turn = next_++;
            if (turn >= units_.size()) {
                return;
            }
            const auto outcome = carry_out(turn, worker);
            if (!outcome) {
                handover_.fail(outcome.error());
            }
            goes_on = outcome.value_or(false);
        }
        claims_.stop();
    }

    // False where another thread ended the work.
    Result<bool> carry_out(std::size_t turn, Worker& worker) {
        const PackUnit& unit = units_[turn];
        switch (unit.kind) {
            case PackUnit::Kind::members:
                return pack_members(turn, unit, worker);
            case PackUnit::Kind::part:
                return pack_part(turn, unit, worker);
            case PackUnit::Kind::probe:
                break;
        }
        return probe(turn, unit, worker);
    }

    static Result<std::optional<PackedFrame>> packed(const Bytes& plain,
                                                     Compressor& compressor,
                                                     bool may_be_noise) {
        if (plain.empty()) {
            return std::nullopt;
        }
        ENVKEEP_TRY(Bytes bytes, compressor.encode(plain, may_be_noise));
        Hasher hasher;
        hasher.update(std::span<const std::byte>(plain));
        const PackFrame frame{.packed = static_cast<std::uint32_t>(bytes.size()),
                              .plain = static_cast<std::uint32_t>(plain.size()),
                              .digest = hasher.digest()};
        return PackedFrame{.bytes = std::move(bytes), .frame = frame};
    }

    Result<bool> pack_members(std::size_t turn, const PackUnit& unit, Worker& worker) {
        MemberBatch batch(records_.entries(), worker.files, is_last_);
        batch.read(std::span(*order_).subspan(unit.first, unit.count));
        if (!claims_.wait_for(turn)) {
            return false;
        }
        batch.drop_known(known_);
        claims_.pass_on();
        std::vector<std::optional<PackedFrame>> frames;
        for (const Bytes& plain : batch.frames()) {
            ENVKEEP_TRY(frames.emplace_back(), packed(plain, worker.compressor, false));
        }
        return hand_over(turn, [this, members = batch.take_members(), frames = std::move(frames)] {
            return records_.add(members, frames);
        });
    }

    Result<bool> pack_part(std::size_t turn, const PackUnit& unit, Worker& worker) {
        LargeFile& file = large_.at(unit.first);
        const Bytes plain = file.read_part(unit.part, worker.files);
        if (!claims_.wait_for(turn)) {
            return false;
        }
        file.take(unit.part, plain);
        claims_.pass_on();
        ENVKEEP_TRY(auto frame, packed(plain, worker.compressor, true));
        return hand_over(turn, [this, &unit, &file, frame = std::move(frame)]() -> Result<void> {
            ENVKEEP_CHECK(records_.add_part(unit, file.header_size(), frame));
            return unit.part + 1 == unit.parts ? end_large(file) : Result<void>{};
        });
    }

    Result<void> end_large(LargeFile& file) {
        const Member member = file.finish();
        if (member.fate == Member::Fate::packed) {
            (void)known_.find_or_hold(member.digest, member.entry);
        }
        return records_.end_large(member);
    }

    Result<bool> probe(std::size_t turn, const PackUnit& unit, Worker& worker) {
        const std::size_t entry = (*order_)[unit.first];
        if (!claims_.wait_for(turn)) {
            return false;
        }
        claims_.pass_on();
        return hand_over(
            turn, [this, member = probe_file(entry, records_.entries()[entry], worker.files)] {
                return records_.add_probed(member, known_.find(member.digest));
            });
    }

    template <typename Body>
    bool hand_over(std::size_t turn, Body body) {
        return handover_.put(turn, [this, body = std::move(body)]() -> Result<void> {
            ENVKEEP_CHECK(body());
            return options_.keep_going ? options_.keep_going(records_.bytes_read())
                                       : Result<void>{};
        });
    }

    PackRecords& records_;
    KnownBytes& known_;
    const Roots& roots_;
    system::TreeReader& reader_;
    const PackOptions& options_;

    const std::vector<std::size_t>* order_ = nullptr;
    bool is_last_ = false;
    std::vector<PackUnit> units_;
    std::map<std::size_t, LargeFile> large_;  // by their place in the order
    std::atomic<std::size_t> next_ = 0;
    Turns claims_;  // who is first with some bytes holds them
    Handover handover_;
};

bool is_hard_link(const Layer& layer, std::size_t entry) {
    return layer.entries[entry].kind == EntryKind::hard_link;
}

}  // namespace

Result<PackReport> write_packs(Layer& layer,
                               const std::vector<std::size_t>& order,
                               const Layer& known,
                               const Roots& roots,
                               const PackFolder& packs,
                               const PackOptions& options) {
    KnownBytes holders(layer, order, known);
    PackRecords records(layer, known, packs, options);
    std::vector<std::size_t> left;
    std::vector<std::size_t> hard_links;  // after all files, for tar's sake
    for (const std::size_t entry : order) {
        (is_hard_link(layer, entry) ? hard_links : left).push_back(entry);
    }
    for (int number = 1; number <= rounds && !left.empty(); ++number) {
        ENVKEEP_CHECK(Round(records, holders, roots, packs.reader, options).run(left, number));
        left = records.take_again();
    }
    if (!hard_links.empty()) {
        ENVKEEP_CHECK(
            Round(records, holders, roots, packs.reader, options).run(hard_links, rounds));
    }
    return records.finish();
}

}  // namespace envkeep::snapshot
