// What is being written and is not saved yet, kept in this browser: each person's apart, each tab's apart.
const PREFIX = "being written:";
const DAYS = 30;

function tab() {
  if (!sessionStorage.tab) sessionStorage.tab = crypto.getRandomValues(new Uint32Array(2)).join("-");
  return sessionStorage.tab;
}

// A draft is the same in every tab; of new invoices, each tab has its own.
export function keeper(person, draft) {
  const mine = `${PREFIX}${person}:`;
  const key = mine + (draft || `new:${tab()}:${location.search}`);

  return {
    keep(about) {
      try {
        localStorage.setItem(key, JSON.stringify({ ...about, at: Date.now() }));
        return true;
      } catch {
        return false; // full, or forbidden
      }
    },
    forget: (other = key) => localStorage.removeItem(other),
    own: () => read(key),
    // The newest new invoice of another tab or another visit; what is too old is thrown away.
    other() {
      const names = Object.keys(localStorage).filter((name) => name.startsWith(`${mine}new:`) && name !== key);
      const found = names.map((name) => ({ name, at: 0, ...read(name) }));
      const isOld = (one) => one.at < Date.now() - DAYS * 86_400_000;
      for (const one of found.filter(isOld)) localStorage.removeItem(one.name);
      return found.filter((one) => !isOld(one)).sort((one, two) => two.at - one.at)[0];
    },
  };
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}
