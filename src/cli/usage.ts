/** What `--help` answers, one text for each command. Imports nothing, so that it is answered at once. */

export const USAGE = `tandem: a market maker for binary YES/NO markets, priced from Binance BTC, ETH, SOL and XRP.

  npm start -- [options]
  npm run venue -- --help    the simulated venue alone
  npm run doctor -- --help   checks everything that a live run needs
  npm run strategies         every strategy with its parameters; of your own: npm run strategies -- ./mine.js
  npm run set -- --help      changes parameters of the strategy while it runs
  npm run limits -- --help   how far each limit of the account is from being hit; clears one that is

  --strategy digital or mid, bands, rewards, dummy, or a file of your own, as ./mine.js (docs/strategies.md)
  --for 30s          stop after this long (default: until Ctrl-C)
  --level halt       or normal, reduceOnly, flatten; lasts until another is given
  --json             print the summary as one JSON line on stdout
  --sim sockets      or in-process: how the simulated venue is reached
  --venue URL        trade on a simulated venue that runs elsewhere on this machine
  --dry-run          decide everything and send nothing, on any venue: orders rest here, and never fill
  --seed 42          seed of the simulated venue and of the synthetic price
  --window 5m        how long each simulated market lasts
  --series NAMES     instead of --window, one or several: btc-updown-5m,eth-updown-1h; btc, eth, sol or xrp, 5m, 15m, 1h or 4h
  --reference FILE   replay a recorded Binance stream (.ndjson or .ndjson.gz) as the price
  --speed 1          how many times faster than recorded; windows and traders keep real time
  --loop             for a demo: begin the recording anew when it has ended
  --config FILE      JSON with "strategy", "series", "executor" and "limits" parameters; for --live "account" and "venue"
  --journal DIR      where the journal goes (default .tandem/journal)
  --log-level info   debug, info, warn, error or silent
  -h, --help         this text
  --version          the version

With real money (docs/live.md):

  --live             trade on the real venue; refused while anything it needs is missing
  --series NAMES     which to trade: needed here
  --key-file FILE    the private key, in a file of mode 0600; or in TANDEM_PRIVATE_KEY
  --yes              agree to the risk that --live shows without it
`;

export const DOCTOR_USAGE = `tandem doctor: checks everything that a live run needs, and says how to fix what is missing.

  npm run doctor -- [options]

  --config FILE      the parameter file of the live run
  --key-file FILE    its private key, in a file of mode 0600; or in TANDEM_PRIVATE_KEY
  --series NAMES     those to be traded, as btc-updown-5m,eth-updown-1h (default: btc-updown-5m)
  --venue URL        check a simulated venue of this machine instead
  --json             print the findings as one JSON line on stdout
  -h, --help         this text

It places and cancels nothing. The exit code is the worst verdict: 0 ok, 1 warn, 2 fail.
`;

export const VENUE_USAGE = `tandem venue --port 0 --seed 42   the simulated venue; prints one JSON line with its URLs
  --host 127.0.0.1       where to listen; an address that is not loopback needs --public
  --public               allows a host that other machines can reach
  --series btc-updown-5m,eth-updown-1h   of btc, eth, sol and xrp; 5m, 15m, 1h and 4h; may be repeated;
                         btc-updown-5m, btc-updown-15m and btc-updown-1h by default
  --window 20            instead of --series: one series of windows of so many seconds
  --cash 1000            dollars of every new account
  --traders busy         who else trades: calm, busy, recorded, toxic or empty
  --generation v1        v1: CTF tokens, order domain "2"; v2: Protocol V2, order domain "3"
  --fees 0.07            the taker's fee rate, as for crypto; 0 charges none
  --taker-delay 150      milliseconds that a marketable order waits before it is matched
  --self-trade allow     allow, rejectTaker or cancelMaker
  --windows-ahead 1      windows of each series that trade before they begin, at most 4
  --resolution 55        seconds from a window's end to its resolution
  --silent-removals      no user channel message for orders that expire or lose their heartbeat
  --at "12s: freeze user for 8s"   a fault and its time; may be repeated
  --faults bad-day.txt   the same from a file, a line each: "at 12s: freeze user for 8s"
  --log-level warn       also debug, info, error or silent
  -h, --help             this text
  --version              the version
It runs until SIGINT or SIGTERM. All faults, and POST /control, which sets them at any time: docs/venue.md
`;

export const SET_USAGE = `tandem set: changes parameters of the strategy while it runs, all of them or none, until the process ends.
The answer has the line of the configuration that would keep it, and warns of what hardly goes together.

  npm run set -- strategy.halfSpreadBp 150 strategy.sizeShares 30 --reason "calm night"
  npm run set -- --undo --reason "not so calm"

  --reason TEXT      why; it goes into the journal and the log, with who and when
  --who NAME         who (default: the user of this machine)
  --undo             take the last change back, then the one before it
  --journal DIR      the journal directory of the run (default .tandem/journal)
  --live             a run with real money
  --dry-run          a run that sends nothing
  -h, --help         this text
`;

export const LIMITS_USAGE = `tandem limits: how far each limit of the account of a run is from being hit (section "limits" of --config).

  npm run limits
  npm run limits -- --clear lossPerDayUsd --reason "found the cause: an old price"

  --clear NAME       ends a hit of this limit wherever it is hit; it counts anew from what it is now
  --reason TEXT      why; it goes into the log, with who
  --who NAME         who (default: the user of this machine)
  --json             a JSON line for each limit
  --journal DIR      the journal directory of the run (default .tandem/journal)
  --live             a run with real money
  --dry-run          a run that sends nothing
  -h, --help         this text
`;

export const STRATEGIES_USAGE = `tandem strategies [NAME or FILE]…: each strategy with its parameters, their defaults and ranges.
`;

/** By command; every other word is answered with that of the market maker. */
export const USAGES: ReadonlyMap<string, string> = new Map([
  ["venue", VENUE_USAGE],
  ["doctor", DOCTOR_USAGE],
  ["set", SET_USAGE],
  ["limits", LIMITS_USAGE],
  ["strategies", STRATEGIES_USAGE],
]);
